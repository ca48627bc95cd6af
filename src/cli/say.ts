import { messageOf, SkipbeatError } from '../common/errors.ts';

/** A line for the person who waits: stderr, so that stdout holds results alone. */
export const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

/** An error as a person reads it: what was expected and found, and what to type next. A bug shows its stack. */
export const sayError = (thrown: unknown): void => {
  if (thrown instanceof SkipbeatError) {
    say(`${thrown.code}  ${thrown.message}`);
    if (thrown.next !== null) say(`Try: ${thrown.next}`);
    return;
  }
  say(`BUG  ${messageOf(thrown)}`);
  if (thrown instanceof Error && thrown.stack !== undefined) say(thrown.stack);
  say('Try: npm run skipbeat -- cleanup   (undoes what was left), then report this with the lines above');
};
