import type { KinesisStreamEvent } from 'aws-lambda';
import { messageOf } from '../../lib/errors.ts';
import type { InvokeResult } from '../lambda/invoke.ts';
import { type DiscardReason, type FailureDestination, handOver } from './failure-destination.ts';
import { type LaneRecord, toEvent } from './kinesis-event.ts';
import type { OnMappingEvent } from './mapping-event.ts';
import {
  freshSegment,
  judge,
  nextStep,
  type Segment,
  type Step,
  splitByAge,
  type Verdict,
} from './next-step.ts';
import { type RetryContext, retryBackoffMs } from './retrying.ts';
import type { EventSourceMappingSettings } from './settings.ts';

export interface DeliveryContext extends RetryContext {
  shardId: string;
  lane: number;
  settings: EventSourceMappingSettings;
  /** Invokes the function once. Should never reject; a rejection is taken as `unavailable`. */
  invoke: (event: KinesisStreamEvent) => Promise<InvokeResult>;
  destination: FailureDestination | undefined;
  newUuid: () => string;
  onEvent: OnMappingEvent;
  /** Called with records that were delivered or given up for good. */
  onSettled: (records: readonly LaneRecord[]) => void;
}

/** Delivers one lane's batches: invokes, retries, bisects, and hands over what it gives up. */
export class BatchDelivery {
  readonly #context: DeliveryContext;

  constructor(context: DeliveryContext) {
    this.#context = context;
  }

  /**
   * Resolves when every record of the batch is settled. Once stopping, it resolves after the running
   * invocation has been judged; what is unsettled then is delivered again after the next start.
   */
  async deliver(batch: readonly LaneRecord[]): Promise<void> {
    const { clock, settings, stop } = this.#context;
    /** The next segment to invoke is the last: bisecting goes left first, depth first. */
    const due: Segment[] = [freshSegment(batch)];
    while (!stop.aborted) {
      const segment = due.pop();
      if (!segment) break;
      const age = splitByAge(segment.records, clock.now(), settings.maximumRecordAgeSeconds);
      for (const run of age.expiredRuns) await this.#discardExpired(run, segment.attempts);
      if (age.live.length === 0 || stop.aborted) continue;
      await this.#attempt({ ...segment, records: age.live }, due);
    }
  }

  async #attempt(segment: Segment, due: Segment[]): Promise<void> {
    const { requestId, verdict } = await this.#invoke(segment.records);
    const step = nextStep(segment, verdict, this.#context.settings);
    await this.#take(step, segment, requestId, due);
  }

  async #invoke(records: readonly LaneRecord[]): Promise<{ requestId: string; verdict: Verdict }> {
    const { clock, invoke, onEvent, settings, shardId, lane } = this.#context;
    const startedMs = clock.now();
    const result = await answerOf(invoke, records);
    const { requestId } = result;
    const sequenceNumbers = records.map((record) => record.sequenceNumber);
    const verdict = judge(result, sequenceNumbers, settings.reportBatchItemFailures);
    onEvent({
      type: 'invoked',
      shardId,
      lane,
      records: records.length,
      requestId,
      ms: clock.now() - startedMs,
      ...outcomeOf(result, verdict),
    });
    return { requestId, verdict };
  }

  async #take(step: Step, segment: Segment, requestId: string, due: Segment[]): Promise<void> {
    const { onEvent, onSettled, shardId, lane } = this.#context;
    switch (step.type) {
      case 'settle':
        return onSettled(segment.records);
      case 'split':
        onEvent({ type: 'split', shardId, lane, records: segment.records.length });
        due.push(step.right, step.left);
        return;
      case 'retry':
        if (step.settled.length > 0) onSettled(step.settled);
        due.push(step.segment);
        return this.#backOff(step.segment);
      case 'discard': {
        const { attempts, functionError } = step;
        const condition = 'RetryAttemptsExhausted';
        return this.#discard(segment.records, { condition, requestId, functionError, attempts });
      }
    }
  }

  async #backOff(segment: Segment): Promise<void> {
    const { clock, random, stop, onEvent, shardId, lane } = this.#context;
    const { attempts, refusals, records } = segment;
    const delayMs = retryBackoffMs(attempts + refusals, random);
    onEvent({ type: 'retryScheduled', shardId, lane, records: records.length, attempts, delayMs });
    if (delayMs > 0) await clock.sleep(delayMs, stop);
  }

  async #discardExpired(records: readonly LaneRecord[], attempts: number): Promise<void> {
    const requestId = this.#context.newUuid();
    await this.#discard(records, { condition: 'RecordAgeExceeded', requestId, attempts });
  }

  /** Settles the records once they have been handed over; when stopping first, they stay unsettled. */
  async #discard(records: readonly LaneRecord[], reason: DiscardReason): Promise<void> {
    const { clock, destination, onEvent, onSettled, shardId, lane } = this.#context;
    const about = { shardId, lane, records: records.length };
    if (destination) {
      const discard = { records, shardId, reason, atMs: clock.now() };
      const onRefused = (error: unknown) => onEvent({ type: 'destinationFailed', ...about, error });
      if (!(await handOver(discard, destination, { ...this.#context, onRefused }))) return;
    }
    onEvent({ type: 'discarded', ...about, condition: reason.condition });
    onSettled(records);
  }
}

async function answerOf(
  invoke: DeliveryContext['invoke'],
  records: readonly LaneRecord[],
): Promise<InvokeResult> {
  try {
    return await invoke(toEvent(records));
  } catch (error) {
    const failure = { errorType: 'InvokeFailed', errorMessage: messageOf(error) };
    return { ok: false, kind: 'unavailable', ...failure, requestId: '' };
  }
}

function outcomeOf(result: InvokeResult, verdict: Verdict) {
  if (result.ok)
    return { outcome: verdict.type === 'delivered' ? 'delivered' : 'partial' } as const;
  const { kind, errorType, errorMessage } = result;
  return { outcome: kind, errorType, errorMessage } as const;
}
