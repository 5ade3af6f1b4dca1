/** Notices of one kind within this time are told as one. */
const TOGETHER_MS = 5000;

/**
 * Tells a person what happens, without flooding them: the first notice of a kind at once, then how many more there were.
 *
 * @returns takes the kind and the line of a notice
 */
export function createNotices(tell: (line: string) => void): (kind: string, line: string) => void {
  const further = new Map<string, number>();
  return (kind, line) => {
    const count = further.get(kind);
    if (count !== undefined) {
      further.set(kind, count + 1);
      return;
    }
    tell(line.replaceAll(/\s*\n\s*/g, ' '));
    further.set(kind, 0);
    const told = setTimeout(() => {
      const more = further.get(kind) ?? 0;
      further.delete(kind);
      if (more > 0) tell(`${kind}: ${more} more within ${TOGETHER_MS / 1000} s`);
    }, TOGETHER_MS);
    told.unref();
  };
}
