import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { readArchive } from '../../../lib/archive/read-archive.ts';
import type { Fact } from '../../../lib/event/fact.ts';
import type { AuditReport } from '../../../lib/replay/audit.ts';
import { textTable } from '../../../scripts/cost/text-table.ts';
import { openStack } from '../../../scripts/stack/stack.ts';
import { parseExposition, sampleOf } from '../../support/exposition.ts';
import { type RunningStart, runCommand, startLocalRun } from '../../support/start-process.ts';
import { readProcesses } from '../processes.ts';
import { runParts } from '../run-parts.ts';

const EVENTS = 10_000;
/** Slow enough that a busy machine refuses none. */
const PER_SECOND = 150;
const FLAGS = ['--rate', '400', '--archive-seconds', '2', '--recover-seconds', '2'];
const KILLS = 5;

/** `npm run bench -- metrics [--only PART]`: compares /metrics with the facts and the audit, after 10,000 events without faults, and with them. */
export const main = (argv: string[]): Promise<number> => runParts(argv, { faultless, faults });

/** Nothing fails: each number has to be the same. */
async function faultless(): Promise<void> {
  await compare('without faults', FLAGS, async () => undefined);
}

/** The target fails, responses get lost, an outage, and environments of dispatch are killed: an EMF line that was not written is not counted. */
async function faults(): Promise<void> {
  const target = ['--target-error-share', '0.03', '--target-lost-response-share', '0.01'];
  const outage = ['--target-outage-after-ms', '8000', '--target-outage-ms', '3000'];
  await compare(
    `with faults and ${KILLS} killed environments`,
    [...FLAGS, ...target, ...outage],
    kill,
  );
}

async function kill({ child }: RunningStart): Promise<void> {
  for (let kills = 0; kills < KILLS; kills++) {
    await delay(4000);
    const processes = await readProcesses([child.pid ?? 0]);
    const dispatch = processes.find(({ name }) => name === 'dispatch');
    if (dispatch) process.kill(dispatch.pid, 'SIGKILL');
  }
}

async function compare(
  title: string,
  flags: string[],
  harm: (run: RunningStart) => Promise<void>,
): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'orchestrator-bench-metrics-'));
  const run = await startLocalRun(dataDir, flags);
  try {
    const harmed = harm(run);
    const sent = await send(dataDir);
    await harmed;
    const audit = await untilEnded(dataDir);
    const head = ['', '/metrics', 'facts', 'audit', 'difference'];
    console.log(`\n${EVENTS} events ${title}; ${sent} acknowledged`);
    console.log(textTable(head, await rowsOf(run, dataDir, { audit, sent }), 1));
  } finally {
    run.killGroup('SIGTERM');
    await run.exited;
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function send(dataDir: string): Promise<number> {
  const flags = ['--count', String(EVENTS), '--rate', String(PER_SECOND), '--data-dir', dataDir];
  const { stdout, stderr } = await runCommand('send', [...flags, '--json']);
  const { accepted } = JSON.parse(stdout || '{}') as { accepted?: number };
  if (accepted === undefined) throw new Error(`send said ${stdout}${stderr}`);
  return accepted;
}

/** The audit once every event has ended and is archived; gives up after five minutes. */
async function untilEnded(dataDir: string): Promise<AuditReport> {
  for (const endMs = Date.now() + 300_000; ; await delay(2000)) {
    const { stdout } = await runCommand('audit', ['--data-dir', dataDir, '--json']);
    const report = JSON.parse(stdout) as AuditReport;
    const { received, delivered, deadLettered } = report.events;
    const isEnded = received > 0 && received === delivered + deadLettered;
    if ((isEnded && report.unarchived.facts === 0) || Date.now() > endMs) return report;
  }
}

async function rowsOf(
  { endpoints }: RunningStart,
  dataDir: string,
  { audit, sent }: { audit: AuditReport; sent: number },
): Promise<string[][]> {
  // A batch writes its line when it ends.
  await delay(3000);
  const families = parseExposition(await (await fetch(endpoints.metrics)).text());
  const facts = await factsOf(dataDir);
  const of = (name: string, labels = {}) =>
    sampleOf(families, `orchestrator_${name}`, labels) ?? NaN;
  const deadLetters = families.get('orchestrator_dead_letters_total')?.samples ?? [];
  const { events } = audit;
  const ofFacts = (type: Fact['type']) => facts.filter((fact) => fact.type === type).length;
  const tried = (outcome: string) =>
    facts
      .filter((fact) => fact.type === 'delivered')
      .filter(({ attempts }) => attempts.at(-1)?.outcome === outcome).length;
  return [
    row('accepted', of('accepted_total'), undefined, sent),
    row('delivered', of('delivered_total'), ofFacts('delivered'), events.delivered),
    row('attempts, delivered', of('attempts_total', { outcome: 'delivered' }), tried('delivered')),
    row('delivery times', of('delivery_time_seconds_count'), ofFacts('delivered')),
    row('queue times', of('queue_time_seconds_count'), ofFacts('delivered')),
    row(
      'dead letters',
      deadLetters.reduce((sum, { value }) => sum + value, 0),
      ofFacts('deadLettered'),
      events.deadLettered,
    ),
    row('deferred', of('deferred_total'), ofFacts('deferred')),
    row('released', of('released_total'), undefined),
    row('calls', of('calls_total'), undefined, of('call_time_seconds_count')),
  ];
}

function row(name: string, metric: number, facts?: number, audit?: number): string[] {
  const other = audit ?? facts;
  const text = (value: number | undefined) => (value === undefined ? '' : String(value));
  return [
    name,
    text(metric),
    text(facts),
    text(audit),
    other === undefined ? '' : text(metric - other),
  ];
}

/** Every fact of the archive, once: Firehose delivers at least once. */
async function factsOf(dataDir: string): Promise<Fact[]> {
  const stack = await openStack({ 'data-dir': dataDir });
  const facts = new Map<string, Fact>();
  for await (const entries of readArchive(stack.archive))
    for (const entry of entries)
      if (entry.kind === 'fact') {
        const { type, eventId, at, replay, deferral } = entry.fact as Fact & { deferral?: number };
        facts.set([type, eventId, at, replay?.runId, deferral].join('\n'), entry.fact);
      }
  stack.close();
  return [...facts.values()];
}
