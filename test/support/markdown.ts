/** One table, with the headings above it: the nearest one last. */
export interface Table {
  headings: string[];
  /** Cells as they are written, the head's row left out. */
  rows: string[][];
}

/** As much of a Markdown document as its checks look at. */
export interface Markdown {
  /** What a link can name of it, as GitHub makes it of the headings. */
  anchors: string[];
  /** Targets of links. */
  links: string[];
  /** Code between backticks on one line. */
  spans: string[];
  /** Blocks of code. */
  fences: { language: string; text: string }[];
  tables: Table[];
  /** Lines on which a backtick has no other: what begins there is not read. */
  unpaired: string[];
}

const LINK = /\]\(([^)\s]+)(?:\s+"[^"]*")?\)/g;
const SPAN = /`([^`]+)`/g;

/** Reads a document line by line; total. */
export function readMarkdown(text: string): Markdown {
  const reader = new MarkdownReader();
  for (const line of text.split('\n')) reader.take(line);
  return reader.markdown;
}

/** The code spans of a piece of text, such as a table's cell. */
export function spansOf(text: string): string[] {
  return [...text.matchAll(SPAN)].map(([, span]) => span ?? '');
}

class MarkdownReader {
  readonly markdown: Markdown = {
    anchors: [],
    links: [],
    spans: [],
    fences: [],
    tables: [],
    unpaired: [],
  };
  #headings: { level: number; title: string }[] = [];
  #fence: { language: string; lines: string[] } | undefined;
  #table: Table | undefined;

  take(line: string): void {
    const fence = /^\s*```(\S*)/.exec(line);
    if (fence) this.#turnFence(fence[1] ?? '');
    else if (this.#fence) this.#fence.lines.push(line);
    else this.#takeText(line);
  }

  #turnFence(language: string): void {
    const { fences } = this.markdown;
    if (this.#fence)
      fences.push({ language: this.#fence.language, text: this.#fence.lines.join('\n') });
    this.#fence = this.#fence ? undefined : { language, lines: [] };
  }

  #takeText(line: string): void {
    const { spans, links, unpaired } = this.markdown;
    spans.push(...spansOf(line));
    const prose = line.replace(SPAN, '');
    if (prose.includes('`')) unpaired.push(line.trim());
    links.push(...[...prose.matchAll(LINK)].map(([, target]) => target ?? ''));
    this.#takeHeading(line);
    this.#takeRow(line);
  }

  #takeHeading(line: string): void {
    const [, marks, title] = /^(#{1,6}) (.*)$/.exec(line) ?? [];
    if (marks === undefined || title === undefined) return;
    const level = marks.length;
    this.#headings = [...this.#headings.filter((above) => above.level < level), { level, title }];
    const { anchors } = this.markdown;
    const slug = title
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\p{M}\s_-]/gu, '')
      .replaceAll(' ', '-');
    const earlier = anchors.filter((anchor) => anchor.replace(/-\d+$/, '') === slug).length;
    anchors.push(earlier === 0 ? slug : `${slug}-${earlier}`);
  }

  #takeRow(line: string): void {
    if (!line.startsWith('|')) this.#table = undefined;
    else if (!this.#table) {
      this.#table = { headings: this.#headings.map(({ title }) => title), rows: [] };
      this.markdown.tables.push(this.#table);
    } else if (!/^[|:\s-]+$/.test(line)) {
      const cells = line.replace(/^\|/, '').replace(/\|\s*$/, '');
      this.#table.rows.push(cells.split('|').map((cell) => cell.trim()));
    }
  }
}
