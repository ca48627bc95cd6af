import { isIP } from 'node:net';
import { checkServerIdentity, type PeerCertificate } from 'node:tls';

export type IdentityCheck = (host: string, certificate: PeerCertificate) => Error | undefined;

/** One name that a certificate lists; a text with a comma or the like stands there in quotes, and is of no server. @see Node's tls, splitEscapedAltNames */
const listed = /([^:,"]+):("(?:[^"\\]|\\.)*"|[^,"]*)(?:, |$)/gy;

const dnsNames = (subjectaltname: string): readonly string[] =>
  [...subjectaltname.matchAll(listed)].flatMap(([, kind, name = '']) => (kind === 'DNS' ? [name.toLowerCase()] : []));

/** @see Go's crypto/x509, validHostname */
const hostForm = /^(?!-)[\w-]+(?:\.(?!-)[\w-]+)*$/;

/** A star stands for all of a name's first part. Node takes it for a part of that, too, and not before the last one of all. */
const isNamed = (pattern: string, name: string): boolean => {
  if (pattern.startsWith('*.') && hostForm.test(name)) return pattern.slice(1) === name.replace(/^[^.]*/, '');
  return pattern === name;
};

const isListed = (name: string, certificate: PeerCertificate): boolean => {
  const meant = name.toLowerCase().replace(/\.$/, '');
  return meant !== '' && dnsNames(certificate.subjectaltname ?? '').some((pattern) => isNamed(pattern, meant));
};

/**
 * Whether a certificate is that of the server which is meant: by the names that it lists and never by its subject's, which an authority may
 * leave to whoever asks for a certificate. The name is the kubeconfig's on every way to the server: not each of the libraries asks for it.
 * @see Go's crypto/x509, Certificate.VerifyHostname
 */
export const identityCheck =
  (name: string): IdentityCheck =>
  (_, certificate) => {
    try {
      if (isIP(name) !== 0)
        return checkServerIdentity(name, { ...certificate, subject: { ...certificate.subject, CN: '' } });
      if (isListed(name, certificate)) return undefined;
      const { subjectaltname } = certificate;
      const found =
        subjectaltname === undefined ? 'Cert does not contain a DNS name' : `${name} is not among ${subjectaltname}`;
      return new Error(`Hostname/IP does not match certificate's altnames: ${found}`);
    } catch (thrown) {
      // Thrown from here, it would reach nobody, and the connection would go on as that of the server which is meant.
      return thrown instanceof Error ? thrown : new Error(String(thrown));
    }
  };

/** What a server is to be called by its certificate. @param address `https://172.18.0.4:6443` */
export const serverNameOf = (address: string, tlsServerName: string | undefined): string => {
  if (tlsServerName !== undefined && tlsServerName !== '') return tlsServerName;
  return URL.canParse(address) ? new URL(address).hostname.replace(/^\[(.*)\]$/, '$1') : '';
};

/** What a client says whom it wants to talk to; null: addresses are not said. @see RFC 6066, section 3 */
export const saidName = (name: string): string | null =>
  name === '' || isIP(name) !== 0 ? null : name.replace(/\.$/, '');
