import fs, { type PathOrFileDescriptor, type WriteFileOptions } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join, relative, resolve, sep } from 'node:path';

/** Ends the name of a file that is still being written. */
export const UNFINISHED = '.unfinished';

/**
 * From now on `writeFileSync` to a file inside `folder` either happens whole or not at all, also when the
 * process is killed: fauxqs writes its files in place, and does not start again with half a one.
 * Modules see the change that import `node:fs` afterwards. `onWritten` is called after each write, with the file's path within the folder.
 */
export function writeAtomicallyWithin(folder: string, onWritten: (path: string) => void): void {
  const inside = join(resolve(folder), sep);
  const write = fs.writeFileSync;
  fs.writeFileSync = (file, data, options?: WriteFileOptions) => {
    if (!isPathWithin(file, inside)) return write(file, data, options);
    const unfinished = `${file}${UNFINISHED}`;
    write(unfinished, data, options);
    fs.renameSync(unfinished, file);
    onWritten(relative(inside, file));
  };
  syncBuiltinESMExports();
}

function isPathWithin(file: PathOrFileDescriptor, folder: string): file is string {
  return typeof file === 'string' && resolve(file).startsWith(folder);
}
