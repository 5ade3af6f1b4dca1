import { systemClock } from '../../lib/clock.ts';
import type { Clock } from '../../lib/ports.ts';
import { CallStats } from './call-stats.ts';
import { Gate } from './gate.ts';
import { createGraphqlApi } from './graphql-api.ts';
import { listen } from './http-server.ts';
import { ItemStore } from './item-store.ts';
import {
  checkChange,
  defaultSettings,
  type SettingsChange,
  type TargetSettings,
} from './settings.ts';
import { createTargetRoutes, type TargetStats } from './target-routes.ts';

export interface TargetOptions extends SettingsChange {
  /** 0, the default, takes a free port. */
  port?: number;
  /** A file, or `:memory:` (the default). */
  databasePath?: string;
  /** The default is the machine's clock at sub-millisecond precision. */
  clock?: Clock;
}

export interface RunningTarget {
  /** `http://127.0.0.1:<port>`, without a slash at its end. */
  readonly url: string;
  readonly graphqlUrl: string;
  /** Settings that are not named keep their value. Throws an error that names every setting that is not acceptable. */
  change(change: SettingsChange): void;
  stats(): TargetStats;
  /** Lets calls in progress finish for up to a second, cuts off the rest, closes the database. Safe to call again. */
  close(): Promise<void>;
}

/** Fractions of a millisecond matter to a limiter; and this never goes backwards, unlike `Date.now()`. */
const preciseClock: Clock = {
  now: () => performance.timeOrigin + performance.now(),
  sleep: systemClock.sleep,
  after: systemClock.after,
};

/**
 * Starts the target application on 127.0.0.1: a rate-limited GraphQL API that creates items, with the faults and outages that
 * dispatch has to survive, and counters that show what reached it. It stands for the customer's system, not for a part of AWS.
 * Authentication is left out.
 *
 * Rejects where a setting is not acceptable, or the port or the database cannot be opened.
 */
export async function startTarget(options: TargetOptions = {}): Promise<RunningTarget> {
  const { port = 0, databasePath = ':memory:', clock = preciseClock, ...settings } = options;
  const gate = new Gate({ ...defaultSettings, ...accept(defaultSettings, settings) });
  const stats = new CallStats();
  const store = new ItemStore(databasePath);
  const readStats = () => ({
    ...stats.snapshot(),
    items: store.total,
    distinctItems: store.distinct,
  });
  const allowDuplicates = () => gate.settings.allowDuplicates;
  const api = createGraphqlApi({ store, stats, allowDuplicates, nowMs: () => clock.now() });
  const createRoutes = (closing: AbortSignal) =>
    createTargetRoutes({ gate, stats, readStats, api, clock, closing });
  const idleResetMs = () => gate.settings.idleResetMs;
  const server = await listen(port, createRoutes, idleResetMs).catch((error: unknown) => {
    store.close();
    throw error;
  });
  let closed: Promise<void> | undefined;
  return {
    url: server.url,
    graphqlUrl: `${server.url}/graphql`,
    change: (change) => gate.change(accept(gate.settings, change)),
    stats: readStats,
    close() {
      closed ??= server.close().then(() => store.close());
      return closed;
    },
  };
}

function accept(current: TargetSettings, change: SettingsChange): SettingsChange {
  const checked = checkChange(current, change);
  if (checked.accepted) return checked.change;
  throw new Error(checked.problems.map(({ field, message }) => `${field} ${message}`).join('; '));
}
