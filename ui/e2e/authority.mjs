//! Who certifies names in tests: a CA made by openssl, Debian's `pebble`, and a browser's home that trusts them.

import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { Agent, get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './till.mjs';
import { until } from './window.mjs';

const openssl = (...args) => execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'ignore'] });

/** A CA, and one certificate of it for a name and 127.0.0.1; answers the paths of the PEM files. */
export function certify(name) {
  const folder = mkdtempSync(join(tmpdir(), 'tillbeam-ca-'));
  const [root, rootKey, cert, key, request, extra] = ['root.pem', 'root.key', 'cert.pem', 'cert.key', 'cert.csr', 'extra'].map((file) => join(folder, file));
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-sha256'];
  openssl('req', '-x509', ...curve, '-days', '30', '-subj', '/CN=Tillbeam test root', '-addext', 'keyUsage=critical,keyCertSign,cRLSign', '-keyout', rootKey, '-out', root);
  openssl('req', ...curve, '-subj', `/CN=${name}`, '-keyout', key, '-out', request);
  writeFileSync(extra, `subjectAltName=DNS:${name},IP:127.0.0.1\nextendedKeyUsage=serverAuth\nbasicConstraints=CA:FALSE\nauthorityKeyIdentifier=keyid\nsubjectKeyIdentifier=hash\n`);
  openssl('x509', '-req', '-sha256', '-in', request, '-CA', root, '-CAkey', rootKey, '-CAcreateserial', '-days', '20', '-extfile', extra, '-out', cert);
  return { folder, root, cert, key };
}

/** A browser keeps what it trusts in its user's home: one of its own, which trusts these PEM files. */
export function trustingHome(roots) {
  const home = mkdtempSync(join(tmpdir(), 'tillbeam-home-'));
  const store = join(home, '.pki', 'nssdb');
  mkdirSync(store, { recursive: true });
  execFileSync('certutil', ['-N', '--empty-password', '-d', `sql:${store}`]);
  roots.forEach((root, index) => execFileSync('certutil', ['-A', '-d', `sql:${store}`, '-t', 'C,,', '-n', `root ${index}`, '-i', root]));
  return home;
}

/** Pebble, which certifies whoever answers on `port` of this machine, whatever the name. */
export class Pebble {
  #children = [];

  static async start(port, { folder, root, cert, key }) {
    const pebble = new Pebble();
    const [listen, manage, names, others] = await Promise.all([freePort(), freePort(), freePort(), freePort()]);
    const config = { listenAddress: `127.0.0.1:${listen}`, managementListenAddress: `127.0.0.1:${manage}`, certificate: cert, privateKey: key };
    const file = join(folder, 'pebble.json');
    writeFileSync(file, JSON.stringify({ pebble: { ...config, httpPort: 1, tlsPort: port, ocspResponderURL: '', externalAccountBindingRequired: false, certificateValidityPeriod: 7 * 86_400 } }));
    const none = ['-http01', '', '-https01', '', '-tlsalpn01', ''];
    pebble.#run('pebble-challtestsrv', '-defaultIPv4', '127.0.0.1', '-defaultIPv6', '', '-dns01', `127.0.0.1:${names}`, '-management', `127.0.0.1:${others}`, ...none);
    pebble.#run('pebble', '-config', file, '-dnsserver', `127.0.0.1:${names}`);
    pebble.directory = `https://127.0.0.1:${listen}/dir`;
    const ca = readFileSync(root);
    await until('pebble', () => fetched(pebble.directory, ca).then(() => true, () => false));
    pebble.root = join(folder, 'pebble-root.pem');
    writeFileSync(pebble.root, await fetched(`https://127.0.0.1:${manage}/roots/0`, ca));
    return pebble;
  }

  stop() {
    for (const child of this.#children) child.kill();
  }

  #run(program, ...args) {
    const env = { ...process.env, PEBBLE_VA_NOSLEEP: '1', PEBBLE_WFE_NONCEREJECT: '0' };
    const child = spawn(program, args, { stdio: 'ignore', env });
    this.#children.push(child);
    process.once('exit', () => void child.kill());
  }
}

/** Node's own `fetch` takes no CA. */
function fetched(url, ca) {
  return new Promise((resolve, reject) => {
    const asked = get(url, { agent: new Agent({ ca }) }, (answer) => {
      let text = '';
      answer.on('data', (data) => (text += data));
      answer.on('end', () => resolve(text));
    });
    asked.on('error', reject);
  });
}
