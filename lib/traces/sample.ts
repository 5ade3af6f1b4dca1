import { ROOT_CONTEXT } from '@opentelemetry/api';
import { SamplingDecision, TraceIdRatioBasedSampler } from '@opentelemetry/sdk-trace';
import type { Fact } from '../event/fact.ts';
import { SAMPLED } from '../trace-context.ts';

/** Returns whether the spans of a fact are exported. */
export type Sample = (fact: Pick<Fact, 'traceId' | 'traceFlags'>) => boolean;

/**
 * Makes the decision of OpenTelemetry's `parentbased_traceidratio` sampler. The caller's *sampled* flag decides where there is one, so that a
 * trace is whole or not there. Without one, the trace id decides: a share of `ratio` (0 to 1) of them, the same each time. Pure.
 */
export function createSample(ratio: number): Sample {
  const sampler = new TraceIdRatioBasedSampler(ratio);
  return ({ traceId, traceFlags }) => {
    if (Number.isSafeInteger(traceFlags)) return (Number(traceFlags) & SAMPLED) !== 0;
    const { decision } = sampler.shouldSample(ROOT_CONTEXT, traceId);
    return decision === SamplingDecision.RECORD_AND_SAMPLED;
  };
}
