import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, cp, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { DEFAULT_API_KEY } from '../../../local/pipeline-options.ts';
import { createFakeEvent } from '../../../local/target/send-fake-data.ts';
import { fill } from './damage.ts';
import type { Fault, Lab } from './measure-fault.ts';
import {
  freeBasePort,
  type Launch,
  type ProcessName,
  type SupervisedRun,
  spawnStart,
} from './supervised-run.ts';

type Stage = Fault['stage'];

/** Kills every process of that name. */
export const killed =
  (name: ProcessName): Stage =>
  async ({ run }) => {
    const count = await run.signal(name, 'SIGKILL');
    if (count === 0) run.saw('[there was nothing to kill]');
  };

/** Kills every process of that name, each time that one has been started in its place. */
export const killedRepeatedly =
  (name: ProcessName, times: number): Stage =>
  async ({ run }) => {
    for (let n = 0; n < times; n++) {
      await run.signal(name, 'SIGKILL');
      await delay(500);
    }
  };

/** Kills the whole process group, as the system does at its end. */
export const allKilled: Stage = async ({ run }) => run.signalGroup('SIGKILL');

/** Lets every process of that name stand still for a while. */
export const paused =
  (name: ProcessName, ms: number): Stage =>
  async ({ run }) => {
    await run.signal(name, 'SIGSTOP');
    await delay(ms);
    await run.signal(name, 'SIGCONT');
  };

const FULL_MS = 6000;

/** Fills the data folder's disk for a while. */
export const diskFull: Stage = async ({ run }) => {
  const filler = fill(run.dataDir);
  await delay(FULL_MS);
  await rm(filler);
};

/** Kills everything on a full disk; the starts that follow find it full at first. */
export const killedOnFullDisk: Stage = async ({ run }) => {
  const filler = fill(run.dataDir);
  run.signalGroup('SIGKILL');
  await delay(FULL_MS);
  await rm(filler);
};

/** Stops the run, and starts it on a data folder that cannot be written; then on one that can. */
export const startedReadOnly: Stage = async ({ run }) => {
  await run.stop();
  const isRoot = process.getuid?.() === 0;
  const mount = (...flags: string[]) => execFileSync('mount', [...flags, run.dataDir]);
  if (isRoot) {
    mount('--bind', run.dataDir);
    mount('-o', 'remount,bind,ro');
  } else await chmod(run.dataDir, 0o500);
  const isUp = await run.start();
  if (isUp) await run.stop();
  if (isRoot) execFileSync('umount', ['-l', run.dataDir]);
  else await chmod(run.dataDir, 0o700);
  await run.start();
};

/** Stops the run, and starts it in another way; if that fails, as before. */
export const startedWith =
  (launch: Launch): Stage =>
  async ({ run }) => {
    await run.stop();
    if (!(await run.start(launch))) await run.start();
  };

/** Stops the run, damages a file of its data folder, and starts it; if that fails, with a copy of the folder from before. */
export const damaged =
  (path: string, damage: (path: string) => Promise<void>, stop?: NodeJS.Signals): Stage =>
  async ({ run }) => {
    await run.stop(stop);
    const copy = await mkdtemp(join(tmpdir(), 'orchestrator-bench-copy-'));
    await cp(run.dataDir, copy, { recursive: true, preserveTimestamps: true });
    await damage(join(run.dataDir, path));
    if (await run.start()) run.saw('[starts all the same]');
    else {
      for (const name of await readdir(run.dataDir))
        await rm(join(run.dataDir, name), { recursive: true });
      await cp(copy, run.dataDir, { recursive: true, preserveTimestamps: true });
      await run.start();
    }
    await rm(copy, { recursive: true });
  };

/** An event that has come in is delivered by then. */
const QUIET_MS = 3000;

/** Stops the source, and then the run, so that nothing is left to be delivered. */
async function stopWhenDelivered({ run, source }: Lab): Promise<void> {
  await source.stop();
  await delay(QUIET_MS);
  await run.stop();
}

/** Stops the run when all is delivered, and starts it without its journal: no event is lost by that, and none may be lost later. */
export const journalGone: Stage = async (lab) => {
  const { run, source } = lab;
  await stopWhenDelivered(lab);
  await startWithJournal(run);
  source.start();
};

const BETWEEN_STOPS_MS = 5000;

/** Stops the run when all is delivered, and starts it with the journal of an earlier stop, as someone does who restores a backup. */
export const journalOfBackup: Stage = async (lab) => {
  const { run, source } = lab;
  const journal = join(run.dataDir, 'journal');
  const copy = await mkdtemp(join(tmpdir(), 'orchestrator-bench-copy-'));
  await stopWhenDelivered(lab);
  await cp(journal, copy, { recursive: true });
  await run.start();
  source.start();
  await delay(BETWEEN_STOPS_MS);
  await stopWhenDelivered(lab);
  await startWithJournal(run, copy);
  await rm(copy, { recursive: true });
  source.start();
};

/** Starts the run with another journal, or none; if that fails, with its own. */
async function startWithJournal(run: SupervisedRun, other?: string): Promise<void> {
  const journal = join(run.dataDir, 'journal');
  const own = `${journal}-own`;
  await rename(journal, own);
  if (other) await cp(other, journal, { recursive: true });
  if (await run.start()) return run.saw('[starts all the same]');
  await rm(journal, { recursive: true, force: true });
  await rename(own, journal);
  await run.start();
}

/** Opens connections that send their request a byte a second, for a while. */
export const slowConnections =
  (count: number, ms: number): Stage =>
  async ({ run }) => {
    const main = join(import.meta.dirname, 'slow-connections.ts');
    const flags = ['--disable-warning=ExperimentalWarning', main];
    const given = [run.basePort, count].map(String);
    const child = spawn(process.execPath, [...flags, ...given], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [opened] = await once(createInterface({ input: child.stdout }), 'line');
    run.saw(`[${opened} slow connections open]`);
    await delay(ms);
    child.kill('SIGKILL');
  };

const HALF_CLOSING = 20;

/** Clients that send a whole request, or half a body, close their side, and read on. */
export const halfClosed: Stage = async ({ run, source }) => {
  const answers: Record<string, number> = {};
  for (let n = 0; n < 2 * HALF_CLOSING; n++) {
    const isWhole = n % 2 === 0;
    const event = createFakeEvent(n, Date.now());
    const startedMs = performance.now();
    const status = await postAndClose(run.basePort, JSON.stringify(event), isWhole);
    source.add({ id: event.id, status, latencyMs: performance.now() - startedMs });
    const kind = `${isWhole ? 'whole' : 'half'} ${status ?? 'no answer'}`;
    answers[kind] = (answers[kind] ?? 0) + 1;
  }
  const counts = Object.entries(answers).map(([kind, count]) => `${kind} x${count}`);
  run.saw(`[${counts.join(', ')}]`);
};

/** Resolves with the status; `undefined` without a response. */
async function postAndClose(
  port: number,
  body: string,
  isWhole: boolean,
): Promise<number | undefined> {
  const head = [
    'POST /events HTTP/1.1',
    'host: 127.0.0.1',
    `x-api-key: ${DEFAULT_API_KEY}`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
  ].join('\r\n');
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  socket.setTimeout(5000, () => socket.destroy());
  socket.end(`${head}\r\n\r\n${isWhole ? body : body.slice(0, body.length / 2)}`);
  const response = await text(socket).catch(() => '');
  const status = /^HTTP\/1\.1 (\d+)/.exec(response)?.[1];
  return status === undefined ? undefined : Number(status);
}

/** Starts a second run with the data folder of the first. */
export const sameFolder: Stage = async (lab) => {
  await startBeside(lab, await freeBasePort(), lab.run.dataDir);
};

/** Starts a second run on the ports of the first. */
export const samePorts: Stage = async (lab) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'orchestrator-bench-second-'));
  await startBeside(lab, lab.run.basePort, dataDir);
  await rm(dataDir, { recursive: true });
};

const REFUSED_WITHIN_MS = 30_000;

async function startBeside({ run }: Lab, basePort: number, dataDir: string): Promise<void> {
  const child: ChildProcess = spawnStart(['--base-port', String(basePort)], dataDir);
  const end = () => process.kill(-(child.pid ?? 0), 'SIGTERM');
  const late = setTimeout(end, REFUSED_WITHIN_MS);
  const output = text(child.stderr as NodeJS.ReadableStream);
  child.stdout?.once('data', () => {
    run.saw('[THE SECOND STARTED]');
    end();
  });
  const [code] = await once(child, 'exit');
  clearTimeout(late);
  for (const line of (await output).trim().split('\n')) run.saw(`second: ${line}`);
  run.saw(`[second: exit ${code}]`);
}
