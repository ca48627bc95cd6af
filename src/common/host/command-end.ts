const ending = new AbortController();

/**
 * Fires once the command has printed what came of it, or leaves before that: whatever nobody waits for any more, and would keep this process
 * or outlive it, ends itself then. It never fires in a program that uses the library.
 */
export const commandEnd: AbortSignal = ending.signal;

export const endCommand = (): void => ending.abort(new Error('the command is over'));
