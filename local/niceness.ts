/**
 * Scheduling priorities of the run's processes, for processors that are all busy; on AWS the parts would not share any. The front has the first claim, with 0: it
 * refuses in time what comes too fast, for which it would otherwise queue behind the work that it has let in. The projection has the last: the source's 500 ms and
 * the target's start times come before it.
 */
export const NICENESS = { behindFront: 5, projection: 15 };
