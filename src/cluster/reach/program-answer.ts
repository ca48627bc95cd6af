import { createPrivateKey, X509Certificate } from 'node:crypto';
import * as z from 'zod';
import { errnoOf } from '../../common/errors.ts';
import { type KubeProgram, parseGoYaml } from './kubeconfig.ts';
import type { Credentials } from './source.ts';

/** Tokens and certificates are far shorter. */
export const maxPrinted = 1_000_000;

const text = z
  .string()
  .nullish()
  .transform((found) => found ?? '');

/** @see client-go pkg/apis/clientauthentication/v1/types.go, ExecCredential */
const answerShape = z.object({
  kind: z.literal('ExecCredential'),
  apiVersion: z.string(),
  status: z.object({
    expirationTimestamp: z.iso.datetime({ offset: true }).nullish(),
    token: text,
    clientCertificateData: text,
    clientKeyData: text,
  }),
});

/** Until when they are good, where the program says so. */
export type Brought = { readonly credentials: Credentials; readonly endMs: number | null };

/** What is wrong with it, or what it is. @see client-go plugin/pkg/client/auth/exec/exec.go, refreshCredsLocked */
export const readAnswer = (printed: string, { apiVersion }: KubeProgram): Brought | string => {
  if (printed.length > maxPrinted) return 'that the program prints more than any credentials are';
  const read = answerShape.safeParse(tryYaml(printed));
  if (!read.success) return 'that what the program prints is no ExecCredential with a status';
  const { status, ...said } = read.data;
  if (said.apiVersion !== apiVersion) return `that the program does not answer in the version ${apiVersion}`;
  const { token, clientCertificateData: cert, clientKeyData: key, expirationTimestamp: end } = status;
  if (token === '' && cert === '' && key === '') return 'that what the program prints has no credentials in it';
  if ((cert === '') !== (key === '')) return 'that the program prints a certificate or a key, and not both';
  if (cert !== '' && !isPair(cert, key)) return 'that the program prints a certificate and a key that are no pair';
  return {
    credentials: {
      authorization: token === '' ? null : `Bearer ${token}`,
      certificate: cert === '' ? null : { cert, key },
    },
    endMs: end === undefined || end === null ? null : Date.parse(end),
  };
};

const tryYaml = (printed: string): unknown => {
  try {
    return parseGoYaml(printed);
  } catch (thrown) {
    // Whatever is wrong with it, its text is not shown.
    if (thrown instanceof Error) return null;
    throw thrown;
  }
};

const isPair = (cert: string, key: string): boolean => {
  try {
    return new X509Certificate(cert).checkPrivateKey(createPrivateKey(key));
  } catch (thrown) {
    // Of OpenSSL: no PEM, or of a kind that it does not know.
    if (errnoOf(thrown) !== null) return false;
    throw thrown;
  }
};
