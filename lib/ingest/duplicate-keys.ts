import { visit } from 'jsonc-parser';

/**
 * The paths of the keys that an object has more than once, each once and in the order of the text.
 * @param json valid JSON of bounded depth: the scan is recursive
 */
export function findDuplicateKeys(json: string): (string | number)[][] {
  const duplicates: (string | number)[][] = [];
  const objects: Map<string, number>[] = [];
  visit(json, {
    onObjectBegin() {
      objects.push(new Map());
    },
    onObjectProperty(key, _offset, _length, _line, _character, pathOfObject) {
      const seen = objects.at(-1);
      const times = (seen?.get(key) ?? 0) + 1;
      seen?.set(key, times);
      if (times === 2) duplicates.push([...pathOfObject(), key]);
    },
    onObjectEnd() {
      objects.pop();
    },
  });
  return duplicates;
}
