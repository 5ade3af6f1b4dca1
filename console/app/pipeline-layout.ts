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
    api: box(2, 2, 204, 100),
    journal: box(2, 142, 204, 100),
    dispatch: box(2, 282, 204, 100),
    target: box(2, 456, 204, 100),
    spill: box(236, 2, 122, 84),
    archive: box(236, 150, 122, 84),
    parked: box(236, 256, 122, 84),
    deadLetters: box(236, 364, 122, 84),
    givenUp: box(236, 472, 122, 84),
  },
  paths: [
    { name: 'received', d: 'M104 102V140', isMain: true },
    { name: 'waiting', d: 'M104 242V280', isMain: true },
    { name: 'attempts', d: 'M104 382V454', isMain: true },
    { name: 'spilled', d: 'M206 44H234' },
    { name: 'archived', d: 'M206 192H234' },
    { name: 'parked', d: 'M206 310H234' },
    { name: 'deadLettered', d: 'M206 350H220V404H234' },
    { name: 'givenUp', d: 'M206 364H214V514H234' },
  ],
};
