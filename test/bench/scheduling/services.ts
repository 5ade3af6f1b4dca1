import type { Random } from '../../../local/target/gate.ts';
import type { InMemoryNotes } from '../../support/in-memory-notes.ts';
import type { InMemorySchedule } from '../../support/in-memory-schedule.ts';
import type { ExactTarget } from './exact-target.ts';
import type { Setup } from './setup.ts';
import type { SharedStore } from './shared-store.ts';
import type { Stream } from './stream.ts';
import type { VirtualTime } from './virtual-time.ts';

/** All that the environments of one simulation share. */
export interface Services {
  setup: Setup;
  time: VirtualTime;
  random: Random;
  target: ExactTarget;
  stream: Stream;
  /** The booked start times. */
  schedule: SharedStore<InMemorySchedule>;
  /** The notes of what invocations send. */
  notes: SharedStore<InMemoryNotes>;
}
