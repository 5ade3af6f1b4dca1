import { expect, it } from 'vitest';
import { createChangeNotices, deadLettersIn } from '../../local/change-notices.ts';
import { ManualClock } from '../support/manual-clock.ts';

function notices() {
  const told: string[] = [];
  const clock = new ManualClock();
  return { told, clock, ...createChangeNotices((line) => told.push(line), clock) };
}

it('tells the first dead letter of a reason at once, and a flood as a few numbers', async () => {
  const { told, clock, deadLettered } = notices();
  for (let n = 0; n < 50; n++) deadLettered({ rejected: 1 });
  deadLettered({ exhausted: 2 });
  expect(told).toEqual([
    'Dead letters: 1 rejected so far: see the console, or npm run dismiss -- --list.',
    'Dead letters: 2 exhausted so far: see the console, or npm run dismiss -- --list.',
  ]);
  await clock.advance(5000);
  expect(told.slice(2)).toEqual(['Dead letters: 50 rejected so far.']);
  for (let second = 0; second < 60; second++) {
    deadLettered({ rejected: 10 });
    await clock.advance(1000);
  }
  expect(told.slice(3)).toEqual(['Dead letters: 650 rejected so far.']);
  await clock.advance(600_000);
  expect(told).toHaveLength(4);
});

it('counts dead letters by reason, and no total beside them', () => {
  expect(
    deadLettersIn([
      { metric: 'DeadLetters', value: 3 },
      { metric: 'DeadLetters', value: 2, of: 'rejected' },
      { metric: 'DeadLetters', value: 1, of: 'exhausted' },
      { metric: 'Delivered', value: 9 },
    ]),
  ).toEqual({ rejected: 2, exhausted: 1 });
});

it('leaves no timer behind when it stops', async () => {
  const { told, clock, deadLettered, stop } = notices();
  for (let n = 0; n < 3; n++) deadLettered({ rejected: 1 });
  stop();
  await clock.advance(600_000);
  expect(told).toHaveLength(1);
});

it('tells that the backlog grows at each of a few ages, and that it is worked off', async () => {
  const { told, took, clock } = notices();
  // A lane that is up to date beside one that is late tells nothing.
  for (const seconds of [0.1, 9, 11, 12, 0.1, 30, 9, 11, 0.1, 61, 62, 3, 1]) took(seconds * 1000);
  expect(told).toHaveLength(2);
  await clock.advance(10_000);
  took(500);
  expect(told).toEqual([
    'The backlog grows: dispatch takes events that have waited 11 s.',
    'The backlog grows: dispatch takes events that have waited 61 s.',
    'The backlog is worked off: dispatch is up to date.',
  ]);
});

it('tells of pauses', () => {
  const { told, dispatching } = notices();
  dispatching(false);
  dispatching(true);
  expect(told).toMatchObject([
    expect.stringContaining('paused'),
    expect.stringContaining('resumed'),
  ]);
});
