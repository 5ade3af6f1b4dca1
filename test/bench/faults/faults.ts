import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cut, overwritten, removed } from './damage.ts';
import type { Fault } from './measure-fault.ts';
import {
  allKilled,
  damaged,
  diskFull,
  halfClosed,
  journalGone,
  journalOfBackup,
  killed,
  killedOnFullDisk,
  killedRepeatedly,
  paused,
  sameFolder,
  samePorts,
  slowConnections,
  startedReadOnly,
  startedWith,
} from './stages.ts';

const PAUSE_MS = 10_000;
const JOURNAL = 'journal/journal-v1.log';
const MEGABYTES = 24;

/** Every kind of fault, by name. */
export const FAULTS: Fault[] = [
  ends('kill-everything', allKilled),
  ends('kill-main', killed('main')),
  ends('kill-emulators', killed('emulators')),
  ends('kill-target', killed('target')),
  { ...ends('kill-npm', killed('npm')), launch: { withNpm: true } },
  survives('kill-ingest', killed('ingest')),
  survives('kill-dispatch', killed('dispatch')),
  survives('kill-dispatch-10-times', killedRepeatedly('dispatch', 10)),
  survives('kill-authorize', killed('authorize')),
  survives('kill-project', killed('project')),
  survives('kill-recover', killed('recover')),

  survives('pause-main', paused('main', PAUSE_MS)),
  survives('pause-emulators', paused('emulators', PAUSE_MS)),
  survives('pause-target', paused('target', PAUSE_MS)),
  survives('pause-ingest', paused('ingest', PAUSE_MS)),
  survives('pause-dispatch', paused('dispatch', PAUSE_MS)),

  { ...survives('disk-full', diskFull), megabytes: MEGABYTES, missing: noMount },
  { ...ends('disk-full-and-kill', killedOnFullDisk), megabytes: MEGABYTES, missing: noMount },
  { ...survives('read-only-at-start', startedReadOnly), missing: noReadOnly },

  survives('journal-cut', damaged(JOURNAL, cut)),
  survives('journal-deleted', damaged(JOURNAL, removed)),
  survives('journal-folder-deleted', journalGone),
  survives('journal-of-a-backup', journalOfBackup),
  survives('journal-garbage', damaged(JOURNAL, overwritten(0.5))),
  survives('target-database-head', damaged('target.sqlite', overwritten(0))),
  survives('target-database-middle', damaged('target.sqlite', overwritten(0.5))),
  survives('tables-database-head', damaged('dynamodb.sqlite', overwritten(0))),
  survives('status-database-head', damaged('timestream.sqlite', overwritten(0))),
  survives('secrets-garbage', damaged('secrets-manager/secrets.json', overwritten(0))),
  survives('endpoints-garbage', damaged('endpoints.json', overwritten(0), 'SIGKILL')),
  survives('dispatch-checkpoint-garbage', damaged('checkpoints/dispatch.json', overwritten(0))),
  survives('dispatch-checkpoint-deleted', damaged('checkpoints/dispatch.json', removed)),
  survives('archive-checkpoint-garbage', damaged('checkpoints/archive.json', overwritten(0))),

  survives('few-descriptors', startedWith({ descriptors: 64 })),
  { ...survives('descriptors-run-out', slowConnections(1000, 8000)), launch: { descriptors: 256 } },
  survives('10000-slow-connections', slowConnections(10_000, 8000)),
  survives('half-closing-clients', halfClosed),
  survives('same-ports', samePorts),
  survives('same-data-folder', sameFolder),
];

function survives(name: string, stage: Fault['stage']): Fault {
  return { name, survives: true, stage };
}

/** A fault that ends the run, which is started again. */
function ends(name: string, stage: Fault['stage']): Fault {
  return { name, survives: false, stage };
}

/** The reason why no file system can be mounted here; `undefined` if one can. */
function noMount(): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'orchestrator-bench-mount-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', folder], { stdio: 'ignore' });
    execFileSync('umount', [folder], { stdio: 'ignore' });
    return undefined;
  } catch {
    return 'it takes a small file system, and mounting one takes root on Linux';
  } finally {
    rmdirSync(folder);
  }
}

/** Root can write to a folder without permission, but not to a read-only file system. */
function noReadOnly(): string | undefined {
  return process.getuid?.() === 0 ? noMount() : undefined;
}

/** The reason why the processes of a run cannot be found here; `undefined` if they can. */
export function noProcesses(): string | undefined {
  return existsSync('/proc/self/stat')
    ? undefined
    : 'there is no /proc, which tells the processes of a run';
}
