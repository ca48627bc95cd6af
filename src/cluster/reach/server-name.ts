import { isIP } from 'node:net';
import { checkServerIdentity, type PeerCertificate } from 'node:tls';

export type IdentityCheck = (host: string, certificate: PeerCertificate) => Error | undefined;

/**
 * Whether a certificate is that of the server which is meant: by the names that it lists and never by its subject's, which an authority may
 * leave to whoever asks for a certificate. The name is the kubeconfig's on every way to the server: not each of the libraries asks for it.
 * @see Go's crypto/x509, Certificate.VerifyHostname
 */
export const identityCheck =
  (name: string): IdentityCheck =>
  (_, certificate) =>
    checkServerIdentity(name, { ...certificate, subject: { ...certificate.subject, CN: '' } });

/** What a server is to be called by its certificate. @param address `https://172.18.0.4:6443` */
export const serverNameOf = (address: string, tlsServerName: string | undefined): string => {
  if (tlsServerName !== undefined && tlsServerName !== '') return tlsServerName;
  return URL.canParse(address) ? new URL(address).hostname.replace(/^\[(.*)\]$/, '$1') : '';
};

/** What a client says whom it wants to talk to; null: addresses are not said. @see RFC 6066, section 3 */
export const saidName = (name: string): string | null => (name === '' || isIP(name) !== 0 ? null : name);
