import { isFailure, type RequestRecord } from '../../../timeline/index.ts';
import { secondsText } from '../../text.ts';

import type { BlindTime } from '../blind-times.ts';

/**
 * An outage shorter than this is none that a load is to see: at ten requests a second through an entrance, and more,
 * whatever is longer is hit.
 */
export const minSeenMs = 100;

/** A time in which clients may have been harmed: it began in [`fromMs`, `beginsByMs`] and ended in [`endsFromMs`, `toMs`]. */
export type PossibleOutage = {
  readonly fromMs: number;
  readonly beginsByMs: number;
  readonly endsFromMs: number;
  readonly toMs: number;
  /** `the Service had no ready endpoint` */
  readonly what: string;
};

/** @returns `the Service had no ready endpoint from 57.8 s to 58.4 s` */
export const outageText = ({ what, fromMs, endsFromMs }: PossibleOutage): string =>
  `${what} from ${secondsText(fromMs)} to ${secondsText(endsFromMs)}`;

/** A request that was sent. */
export type SentRequest = RequestRecord & { readonly sentMs: number };

const wasSent = (request: RequestRecord): request is SentRequest => request.sentMs !== null;

/** What clients may have felt: open until requests have shown it. */
export type OpenQuestion = {
  /** Of this entrance's figures alone: what came through others answers nothing. null: of those of all requests. */
  readonly entrance: string | null;
  /** When it may have been felt; a request that failed in one of these times answers it, if it is of that kind. */
  readonly times: readonly PossibleOutage[];
  /** Whether it is about clients that connect anew: that a kept connection failed says nothing of how many of those did. */
  readonly ofNewConnections: boolean;
  /**
   * Takes a request of one of these times that did not fail.
   * @param entrance the node through which it entered
   * @returns whether the question is answered
   */
  readonly isAnswered: (request: SentRequest, entrance: string, time: PossibleOutage) => boolean;
  /** Where it stayed open: times of which no request tells what clients felt. */
  readonly unseen: () => readonly BlindTime[];
};

/** Whose figures are judged: null, those of all requests; and each entrance's own where there are several. */
export const judgedEntrances = (entrances: readonly string[]): readonly (string | null)[] =>
  entrances.length > 1 ? [null, ...entrances] : [null];

/** Asks requests, one by one and in any order, what is still open. */
export const answerQuestions = (questions: readonly OpenQuestion[]) => {
  const open = new Map(
    [...Map.groupBy(questions, ({ entrance }) => entrance)].map(([entrance, own]) => [entrance, new Set(own)]),
  );
  return {
    add: (request: RequestRecord, entrance: string): void => {
      if (!wasSent(request)) return;
      const { sentMs, outcome, connection } = request;
      for (const own of [open.get(null), open.get(entrance)]) {
        for (const question of own ?? []) {
          const time = question.times.find(({ fromMs, toMs }) => sentMs >= fromMs && sentMs <= toMs);
          if (time === undefined) continue;
          const failed = isFailure(outcome) && (connection === 'fresh' || !question.ofNewConnections);
          if (failed || question.isAnswered(request, entrance, time)) own?.delete(question);
        }
      }
    },
    unseen: (): readonly BlindTime[] =>
      [...open.values()].flatMap((own) => [...own]).flatMap((question) => question.unseen()),
  };
};
