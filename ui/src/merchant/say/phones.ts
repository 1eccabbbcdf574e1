//! The sentences of the settings of how phones reach the till.

import type { Certificate, Language, Way } from '../../shared/wire/till';

type Kind = Way['kind'];

const en = {
  phonesOpen: 'Phones open',
  there: 'The address is the server’s: it is set on the computer where the server runs.',
  fixed: 'This was named where the program is started (--tls, --public-url), and is changed there.',
  wayChoice: 'How do phones reach the till?',
  ways: {
    plain: 'By the shop’s own network',
    public: 'By a name on the internet',
    own_ca: 'By the shop’s own network, encrypted',
    files: 'With a certificate of my own',
    proxy: 'Behind a web server of my own',
  } satisfies Record<Kind, string> as Record<Kind, string>,
  wayTexts: {
    plain: 'For customers in the shop’s Wi-Fi: nothing to set up. Plain http: codes travel unencrypted, and the page cannot be put on the home screen.',
    public: 'For customers anywhere: https, and the page can be put on the home screen. Let’s Encrypt certifies the name by itself, and again before it runs out.',
    own_ca: 'For the shop’s own devices: https by the till’s own authority. Each device trusts it once, at its page /trust.',
    files: 'https with a certificate that you renew yourself.',
    proxy: 'nginx or another one on this computer has the certificate and passes phones on to the till.',
  } satisfies Record<Kind, string> as Record<Kind, string>,
  name: 'Name on the internet',
  nameHint: (here: string) => `The name leads to this shop’s internet address, and the router passes port 443 on to ${here}.`,
  contact: 'E-mail, may stay empty',
  contactHint: 'Let’s Encrypt may write to it. By saving you accept its terms.',
  cert: 'Certificate file (PEM)',
  key: 'File of its private key (PEM)',
  filesHint: 'Paths on this computer. After a renewal, open the till anew.',
  proxyHint: (port: string) => `The web server passes every request on to 127.0.0.1:${port}, sockets and the name included.`,
  conf: 'Configuration for nginx',
  copyConf: 'Copy',
  copied: 'Copied',
  certificates: {
    waiting: 'The certificate is on order. Until it is there, phones cannot come by this name; the till works.',
    held: 'The certificate is there.',
    ending: 'Your certificate runs out within two weeks. Renew it, then open the till anew.',
    ended: 'Your certificate has run out: phones are refused. Renew it, then open the till anew.',
    early: 'Your certificate does not count yet: phones are refused. Is the clock of this computer right?',
    unvouched: 'No public authority vouches for your certificate. Phones that do not trust its own CA are refused. If it is a public one, the file lacks the rest of its chain.',
    unreached: 'No new certificate: Let’s Encrypt cannot be reached. See that this computer is on the internet and its clock is right. It is tried again by itself.',
    unseen: 'No new certificate: this computer was not found at the name. See that the name leads to this shop’s internet address and that the router passes port 443 on to it. It is tried again by itself.',
    refused: 'No new certificate: Let’s Encrypt refuses. Do what it says below. It is tried again by itself.',
    unusable: 'Your certificate cannot be used any more, so phones are shown the till’s own and warn of it. Choose the files anew.',
  } satisfies Record<Certificate['standing'], string> as Record<Certificate['standing'], string>,
  addressChoice: 'Which address do phones use?',
  addressOwn: 'This computer’s own, whatever it is',
  addressOwnText: 'The till warns when it changes. Phones that joined before then have to join anew.',
  addressLocalText: 'This computer’s name. It stays when the number changes, if the network knows such names.',
  addressOther: 'Another',
  addressOtherText: 'A fixed number that the router always gives this computer.',
  address: 'Address',
  bandTodo: 'See why',
  again: 'The till opens anew with it. Phones that joined under another address have to join again.',
};

export type SayPhones = typeof en;

const zh: SayPhones = {
  phonesOpen: '手机访问',
  there: '地址由服务器决定，请在服务器所在的电脑上设置。',
  fixed: '由启动参数指定（--tls、--public-url），请在那里修改。',
  wayChoice: '手机通过什么方式连接收银台？',
  ways: {
    plain: '店内网络',
    public: '互联网域名',
    own_ca: '店内网络，加密',
    files: '自己的证书',
    proxy: '自己的网页服务器之后',
  },
  wayTexts: {
    plain: '供店内 Wi-Fi 的顾客使用，无需设置。普通 http：会员码不加密传输，页面不能添加到主屏幕。',
    public: '顾客在任何地方都能用：https，页面可添加到主屏幕。Let’s Encrypt 自动签发并按时续期证书。',
    own_ca: '供门店自己的设备使用：由收银台自己的 CA 提供 https。每台设备需在 /trust 页面信任一次。',
    files: '使用自己的证书提供 https，需自行续期。',
    proxy: '由本机上的 nginx 等服务器持有证书，并把手机转到收银台。',
  },
  name: '互联网域名',
  nameHint: (here) => `域名须指向本店的公网地址，路由器须把 443 端口转发到 ${here}。`,
  contact: '电子邮箱，可留空',
  contactHint: 'Let’s Encrypt 可能会发邮件到此。保存即表示接受其条款。',
  cert: '证书文件（PEM）',
  key: '私钥文件（PEM）',
  filesHint: '本机上的路径。续期后请重新打开收银台。',
  proxyHint: (port) => `网页服务器须把所有请求（含 WebSocket 和域名）转到 127.0.0.1:${port}。`,
  conf: 'nginx 配置',
  copyConf: '复制',
  copied: '已复制',
  certificates: {
    waiting: '证书正在申请。完成之前手机无法通过此域名访问，收银台不受影响。',
    held: '证书已就绪。',
    ending: '您的证书将在两周内过期，请续期后重新打开收银台。',
    ended: '您的证书已过期，手机无法访问。请续期后重新打开收银台。',
    early: '您的证书尚未生效，手机无法访问。请检查本机时间。',
    unvouched: '没有公认机构为您的证书担保，未信任其 CA 的手机无法访问。如果是公共证书，说明文件缺少证书链的其余部分。',
    unreached: '没有新证书：无法连接 Let’s Encrypt。请确认本机已联网且时间正确，之后会自动重试。',
    unseen: '没有新证书：通过域名找不到本机。请确认域名指向本店的公网地址，且路由器已转发 443 端口，之后会自动重试。',
    refused: '没有新证书：Let’s Encrypt 拒绝签发。请按下面的说明处理，之后会自动重试。',
    unusable: '您的证书已不能使用，手机看到的是收银台自己的证书并会提示警告。请重新选择文件。',
  },
  addressChoice: '手机使用哪个地址？',
  addressOwn: '本机当前地址',
  addressOwnText: '地址变化时收银台会提醒，之前绑定的手机需重新绑定。',
  addressLocalText: '本机名称。只要网络支持，数字地址变化后依然有效。',
  addressOther: '其他',
  addressOtherText: '路由器固定分配给本机的地址。',
  address: '地址',
  bandTodo: '查看原因',
  again: '收银台会按新设置重新打开。用其他地址绑定的手机需重新绑定。',
};

const both: Record<Language, SayPhones> = { en, zh };

export function sayPhones(language: Language): SayPhones {
  return both[language];
}
