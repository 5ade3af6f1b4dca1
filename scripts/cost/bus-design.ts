import type { PipelineSettings } from '../../lib/settings.ts';
import { assumed, DEPLOYED, GB, KB } from './assumptions.ts';
import {
  apiLines,
  authorizeInvocations,
  authorizeLines,
  logLines,
  transferLines,
} from './front.ts';
import { type BillLine, billLine } from './prices.ts';
import type { Traffic } from './workload.ts';

const CHUNK_KB = 64;

/**
 * API Gateway that puts each event on a custom bus of EventBridge (no function between), a rule, an API destination that calls
 * the target at its rate, and the bus's archive. No validation, no look at GraphQL's errors inside a 200, no facts.
 */
export function busBill(traffic: Traffic, settings: PipelineSettings): BillLine[] {
  const { events, delivered, eventBytes } = traffic;
  const authorizations = authorizeInvocations(traffic, settings);
  const logBytes =
    events * assumed('accessLogBytes') + authorizations * assumed('functionLogBytes');
  const gb = (events * eventBytes) / GB;
  const chunks = events * Math.ceil(eventBytes / (CHUNK_KB * KB));
  return [
    ...apiLines(traffic),
    ...authorizeLines(traffic, settings),
    billLine('EventBridge', 'custom events', 'eventBusEvent', chunks),
    billLine('EventBridge', 'API destination', 'apiDestinationCall', delivered),
    billLine('EventBridge', 'archive: taken in', 'eventArchiveGb', gb),
    billLine('EventBridge', 'archive: kept', 'eventArchiveGbMonth', gb * assumed('monthsKept')),
    ...logLines(logBytes, DEPLOYED.logRetentionDays),
    ...transferLines(traffic),
  ];
}
