import { killedAt } from './undo-matrix.ts';

killedAt('matrix-nightly', ['before the journal', 'between journal and switch', 'after the injection']);
