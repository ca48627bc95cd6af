// Lines that arrive though the way between two programs breaks now and then: each is numbered, kept until the other end has
// it, and sent again on the next way. On the wire: `7 4 TEXT` is line 7, of 4 characters, so that the beginning of one that
// broke off is none; `0 1 6` says that everything up to line 6 is here.

/** One end of a link, the same on both sides. Pure: it writes to whatever way it has just now. */
export type Link = {
  /** Hands a line over, without a line feed; it goes now, or with the next way. */
  readonly send: (line: string) => void;
  /**
   * From now on lines go this way, and the one before is of no account: first what is here, then all that the other end may
   * lack. @returns takes what comes this way, line by line
   */
  readonly attach: (write: (text: string) => void) => (text: string) => void;
  /** Says once more what is here: the other end drops it, and sees that the way still carries. */
  readonly confirm: () => void;
  /** There is no way: lines wait. */
  readonly detach: () => void;
  /** How many lines the other end has not said to have. */
  readonly waiting: () => number;
};

const wire = /^(\d+) (\d+) (.*)$/s;

/** @param onLine called for each line, once and in order */
export const createLink = (onLine: (line: string) => void): Link => {
  let way: ((text: string) => void) | null = null;
  let unconfirmed: { readonly number: number; readonly line: string }[] = [];
  let sent = 0;
  let here = 0;
  const write = (number: number, text: string): void => way?.(`${number} ${text.length} ${text}\n`);
  const confirm = (): void => write(0, String(here));
  const take = (text: string): void => {
    const [, number = '', length = '', rest = ''] = wire.exec(text) ?? [];
    if (number === '' || rest.length !== Number(length)) return;
    if (number === '0') {
      unconfirmed = unconfirmed.filter((one) => one.number > Number(rest));
      return;
    }
    // One that came before is sent again where the other end could not know of it.
    if (Number(number) !== here + 1) return;
    here += 1;
    onLine(rest);
  };
  return {
    send: (line) => {
      sent += 1;
      unconfirmed.push({ number: sent, line });
      write(sent, line);
    },
    attach: (next) => {
      way = next;
      confirm();
      for (const { number, line } of unconfirmed) write(number, line);
      return (text) => {
        if (way === next) take(text);
      };
    },
    confirm,
    detach: () => {
      way = null;
    },
    waiting: () => unconfirmed.length,
  };
};
