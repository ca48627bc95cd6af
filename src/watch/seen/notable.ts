import type { Cause } from './node-state.ts';
import type { BlindSource } from './sighting.ts';

/** What is worth a line in events.ndjson. */
export type Notable =
  | { readonly type: 'node.added'; readonly node: string; readonly zone: string | null }
  | { readonly type: 'node.deleted'; readonly node: string }
  | { readonly type: 'node.rebooted'; readonly node: string; readonly bootId: string }
  | { readonly type: 'node.kubeletChanged'; readonly node: string; readonly kubeletVersion: string }
  | {
      readonly type: 'node.notReady';
      readonly node: string;
      readonly zone: string | null;
      readonly cause: Cause;
      readonly reason: string;
      readonly message: string;
      readonly isStartSeen: boolean;
      readonly silentMs: number | null;
      readonly sinceRenewTimeMs: number | null;
      readonly togetherInZone: number;
    }
  | { readonly type: 'node.stillNotReady'; readonly node: string; readonly status: string; readonly reason: string }
  | { readonly type: 'node.ready'; readonly node: string; readonly afterMs: number }
  /** Ready became another status and the same again, unseen: of a node that is Ready, and of one that is not. */
  | {
      readonly type: 'node.readyUnseen' | 'node.notReadyUnseen';
      readonly node: string;
      readonly transition: string | null;
    }
  | { readonly type: 'node.taint'; readonly node: string; readonly change: 'added' | 'removed'; readonly taint: string }
  | {
      readonly type: 'renewal.late';
      readonly node: string;
      readonly byRenewTimeMs: number;
      readonly byArrivalMs: number | null;
      readonly periodMs: number;
    }
  | { readonly type: 'renewal.backwards'; readonly node: string; readonly byMs: number }
  | { readonly type: 'node.clockMoved'; readonly node: string; readonly atLeastMs: number; readonly atMostMs: number }
  | { readonly type: 'leader.changed'; readonly holder: string }
  | { readonly type: 'leader.silent'; readonly holder: string; readonly atLeastMs: number }
  | { readonly type: 'leader.renewed'; readonly holder: string; readonly afterMs: number }
  | { readonly type: 'blind.began'; readonly source: BlindSource; readonly reason: string }
  | { readonly type: 'blind.ended'; readonly ms: number; readonly sources: readonly BlindSource[] };

export type Note = (notable: Notable, atMs: number) => void;
