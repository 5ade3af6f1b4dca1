import { request } from 'graphql-request';
import type { TargetStats } from '../local/target/target-routes.ts';

/** What the target application tells about itself. */
export async function readTargetStats(targetUrl: string): Promise<TargetStats> {
  const response = await fetch(`${targetUrl}/stats`);
  return (await response.json()) as TargetStats;
}

/** The ids of every item that the target has, each as often as it has it. The question counts against the target's limit. */
export async function readTargetIds(targetUrl: string): Promise<string[]> {
  const answer = await request<{ getItems: { id: string }[] }>(
    `${targetUrl}/graphql`,
    '{ getItems { id } }',
  );
  return answer.getItems.map(({ id }) => id);
}
