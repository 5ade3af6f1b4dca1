import { createRequire } from 'node:module';
import type createKinesaliteServer from 'kinesalite';
import { fixGetRecords } from './fixed-get-records.ts';
import { fixGetShardIterator } from './fixed-get-shard-iterator.ts';
import { type Action, db } from './kinesalite-store.ts';

// kinesalite 3.3.3, its last release (2020), is faithful but for a few things. It looks its actions
// up when it is loaded, so a fixed one has to take its place before that.
const require = createRequire(import.meta.url);

type IncrementSequence = typeof db.incrementSequence;

/**
 * A read that finds nothing moves the iterator on to the current second. A shard's first record that was stamped just
 * before the second ended and stored just after is then behind the iterator, and never read. So stay one
 * second back; never back to what was read, since a sequence number counts before it tells the time.
 */
export function fixIncrementSequence(original: IncrementSequence): IncrementSequence {
  return (position, seqTimeMs) => {
    const last = typeof position === 'string' ? db.parseSequence(position) : position;
    return original(last, seqTimeMs ? Math.max(last.seqTime, seqTimeMs - 1000) : seqTimeMs);
  };
}

function fixAction<Input, Output>(
  name: string,
  fix: (original: Action<Input, Output>) => Action<Input, Output>,
): void {
  const path = require.resolve(`kinesalite/actions/${name}.js`);
  const original = require(path) as Action<Input, Output>;
  const loaded = require.cache[path];
  if (!loaded) throw new Error(`kinesalite's ${name} cannot be fixed: ${path} is not cached`);
  loaded.exports = fix(original);
}

db.incrementSequence = fixIncrementSequence(db.incrementSequence);
fixAction('getRecords', fixGetRecords);
fixAction('getShardIterator', fixGetShardIterator);

// AWS raised its limit from 7 days to 365 after kinesalite's last release.
const retention = require('kinesalite/validations/increaseStreamRetentionPeriod.js').types;
retention.RetentionPeriodHours.lessThanOrEqual = 8_760;

/** kinesalite, fixed. */
export const createKinesalite = require('kinesalite') as typeof createKinesaliteServer;
