import type { Evidence, RunDocument, Verdict } from '../document.ts';

/** As a run itself leaves it. */
export const sealedEvidence: Evidence = { sealed: true, why: [] };

/**
 * Whether what was seen in a run counts, whatever its expectations come to: a run that is left out of a sample because it did harm
 * leaves a sample without harm.
 */
export const hasValidEvidence = ({
  verdict,
  evidenceValid,
  evidence,
}: Pick<RunDocument, 'verdict' | 'evidenceValid' | 'evidence'>): boolean =>
  verdict === 'inconclusive' ? evidenceValid === true && evidence?.sealed !== false : evidenceValid !== false;

type Judged = { readonly verdict: Verdict; readonly reasons: readonly string[]; readonly evidence?: Evidence };

/**
 * Puts what speaks against the evidence as such into a judgement: whatever the figures say, it is then inconclusive.
 * @param why empty: the judgement stays as it is
 */
export const withEvidence = <T extends Judged>(
  document: T,
  why: readonly string[],
): T & { readonly evidence: Evidence } => {
  const all = [...why, ...(document.evidence?.why ?? [])];
  if (all.length === 0) return { ...document, evidence: sealedEvidence };
  const before = document.verdict === 'inconclusive' ? document.reasons : [];
  return {
    ...document,
    verdict: 'inconclusive',
    reasons: [...new Set([...all, ...before])],
    evidence: { sealed: false, why: all },
  };
};
