#!/usr/bin/env node
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { CommanderError } from 'commander';
import { printError } from './cli/output/print.ts';
import { programFor } from './cli/program.ts';
import { codeOf, exitCodes } from './common/errors.ts';
import { cacheDir } from './common/host/paths.ts';

// Types are stripped, in a checkout, and modules compiled once for many starts; where nothing can be kept, each start does it anew.
enableCompileCache(join(cacheDir(), 'compile'));

const main = async (argv: readonly string[]): Promise<void> => {
  const program = await programFor(argv[0]);
  if (argv.length === 0) {
    program.outputHelp({ error: true });
    process.exitCode = exitCodes.usage;
    return;
  }
  await program.parseAsync([...argv], { from: 'user' });
};

// A reader that closes the pipe early (`| head`) has what it wanted; a terminal that is gone, or a log on a full disk,
// must not end a run without its undo. Results go by `printResult`, which fails where they cannot be written.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

try {
  await main(process.argv.slice(2));
} catch (thrown) {
  if (thrown instanceof CommanderError) {
    // Commander has said it already; its own codes are 0 for help and version, 1 for a wrong word.
    process.exitCode = thrown.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  } else {
    printError(thrown);
    process.exitCode = codeOf(thrown);
  }
}

// Everything that was started has been ended by now; what was overlooked must not keep a nightly job waiting for ever.
const overlooked = setTimeout(() => {
  process.stderr.write('something was still open 15 s after the end; leaving all the same\n');
  process.exit();
}, 15_000);
overlooked.unref();
