// This machine's own Go; skipbeat itself refuses one that is too old.
import { execFileSync } from 'node:child_process';

process.stdout.write(
  `${process.env.WANTED} or later is wanted: ${execFileSync('go', ['version'], { encoding: 'utf8' })}`,
);
