/** A block of lines to print, or null while it is not yet complete. With `hurry`, must return what it has. */
export type Entry = (hurry: boolean) => readonly string[] | null;

export type Painter = {
  readonly push: (entry: Entry) => void;
  readonly hasEntries: () => boolean;
  /** Prints every entry up to the first that is not whole, above the live line, and repaints that where it changed. */
  readonly show: (hurry?: boolean) => void;
};

const eraseLine = '\r\u001b[2K';

/** Lines in their order, above one live line that is empty where there is none to show. Writes only what changed. */
export const createPainter = (
  stream: { readonly write: (text: string) => unknown },
  liveLine: () => string,
): Painter => {
  const queue: Entry[] = [];
  let painted = '';
  return {
    push: (entry) => {
      queue.push(entry);
    },
    hasEntries: () => queue.length > 0,
    show: (hurry = false) => {
      const above: string[] = [];
      for (let entry = queue[0]; entry !== undefined; entry = queue[0]) {
        const lines = entry(hurry);
        if (lines === null) break;
        above.push(...lines);
        queue.shift();
      }
      const live = liveLine();
      if (above.length === 0 && live === painted) return;
      const erase = painted === '' ? '' : eraseLine;
      painted = live;
      stream.write(`${erase}${above.map((line) => `${line}\n`).join('')}${live}`);
    },
  };
};
