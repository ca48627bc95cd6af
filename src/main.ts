#!/usr/bin/env node
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { answer } from './cli/answer.ts';
import { endCommand } from './common/host/command-end.ts';
import { cacheDir } from './common/host/paths.ts';

// Types are stripped, in a checkout, and modules compiled once for many starts; where nothing can be kept, each start does it anew.
enableCompileCache(join(cacheDir(), 'compile'));

// A reader that closes the pipe early (`| head`) has what it wanted; a terminal that is gone, or a log on a full disk,
// must not end a run without its undo. Results go by `printResult`, which fails where they cannot be written.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

process.once('exit', endCommand);
await answer(process.argv.slice(2));
endCommand();

// Everything that was started has been ended by now; what was overlooked must not keep a nightly job waiting for ever.
const overlooked = setTimeout(() => {
  process.stderr.write('something was still open 15 s after the end; leaving all the same\n');
  process.exit();
}, 15_000);
overlooked.unref();
