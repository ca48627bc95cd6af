import { killedAt } from '../support/undo-matrix.ts';

killedAt('matrix-nightly', [
  'before the journal',
  'between journal and switch',
  'between switch and injection',
  'after the injection',
  'in the undo',
]);

killedAt('matrix-slow', ['while it stands'], 'slow');
