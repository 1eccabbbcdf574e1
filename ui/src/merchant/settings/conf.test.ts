import { describe, expect, it } from 'vitest';
import { nginxConf } from './conf';

describe('what nginx is told', () => {
  it('is for this name and this port, and passes sockets on', async () => {
    const conf = await nginxConf('https://till.lotus.cn', '192.168.1.5:9000');
    expect(conf).toContain('server_name till.lotus.cn;');
    expect(conf).toContain('server 127.0.0.1:9000;');
    expect(conf).toContain('proxy_set_header Upgrade $http_upgrade;');
    expect(conf).not.toMatch(/example\.org|8787|tillbeam-server/);
  });

  it('has an example’s name while none is typed', async () => {
    const conf = await nginxConf('', '[fe80::1]:8787');
    expect(conf).toContain('server_name pay.example.org;');
    expect(conf).toContain('server 127.0.0.1:8787;');
  });
});
