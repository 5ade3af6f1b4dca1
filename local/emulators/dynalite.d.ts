/** What we use of dynalite, which comes without types. */
declare module 'dynalite' {
  import type { Server } from 'node:http';

  interface Options {
    /** Folder of the LevelDB that keeps the data. */
    path: string;
    /** How long a new table is `CREATING`, in milliseconds. */
    createTableMs: number;
  }

  export default function dynalite(options: Options): Server;
}
