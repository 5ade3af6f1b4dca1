/** A place in the picture, in its own units. */
export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

export type NodeName =
  | 'api'
  | 'journal'
  | 'dispatch'
  | 'target'
  | 'spill'
  | 'archive'
  | 'parked'
  | 'deadLetters'
  | 'givenUp';

export interface Layout {
  width: number;
  height: number;
  boxes: Record<NodeName, Box>;
  /** Connections, as the data of a path; those of the main way are thick. */
  paths: { name: string; d: string; isMain?: true }[];
}

const box = (x: number, y: number, width: number, height: number): Box => ({ x, y, width, height });

/** For pages of 700 pixels and more. */
export const WIDE: Layout = {
  width: 1180,
  height: 286,
  boxes: {
    api: box(2, 18, 210, 106),
    journal: box(322, 18, 210, 106),
    dispatch: box(642, 18, 216, 106),
    target: box(968, 18, 210, 106),
    spill: box(2, 196, 210, 84),
    archive: box(322, 196, 210, 84),
    parked: box(560, 196, 190, 84),
    deadLetters: box(774, 196, 190, 84),
    givenUp: box(988, 196, 190, 84),
  },
  paths: [
    { name: 'received', d: 'M212 71H320', isMain: true },
    { name: 'waiting', d: 'M532 71H640', isMain: true },
    { name: 'attempts', d: 'M858 71H966', isMain: true },
    { name: 'spilled', d: 'M107 124V194' },
    { name: 'recovered', d: 'M212 238H267V110H320' },
    { name: 'archived', d: 'M427 124V194' },
    { name: 'parked', d: 'M655 124V194' },
    { name: 'deadLettered', d: 'M845 124V194' },
    { name: 'givenUp', d: 'M858 104H912V160H1083V194' },
  ],
};

/** For narrow pages. */
export const NARROW: Layout = {
  width: 360,
  height: 558,
  boxes: {
    api: box(2, 2, 198, 100),
    journal: box(2, 142, 198, 100),
    dispatch: box(2, 282, 198, 100),
    target: box(2, 456, 198, 100),
    spill: box(230, 2, 128, 84),
    archive: box(230, 150, 128, 84),
    parked: box(230, 256, 128, 84),
    deadLetters: box(230, 364, 128, 84),
    givenUp: box(230, 472, 128, 84),
  },
  paths: [
    { name: 'received', d: 'M104 102V140', isMain: true },
    { name: 'waiting', d: 'M104 242V280', isMain: true },
    { name: 'attempts', d: 'M104 382V454', isMain: true },
    { name: 'spilled', d: 'M200 44H228' },
    { name: 'archived', d: 'M200 192H228' },
    { name: 'parked', d: 'M200 310H228' },
    { name: 'deadLettered', d: 'M200 350H216V404H228' },
    { name: 'givenUp', d: 'M200 364H209V514H228' },
  ],
};
