//! Every sentence of the page, in both languages. A missing one is a type error.

import type { Language } from '../shared/language';
import type { Check } from './checks';

/** Kinds of devices, each with steps of its own. */
export const DEVICES = ['iphone', 'android', 'computer'] as const;
export type Device = (typeof DEVICES)[number];

interface Steps {
  name: string;
  /** What was not tried. */
  untried: string;
  steps: string[];
}

interface Said {
  name: string;
  good: string;
  otherwise: string;
  /** Where the page cannot do its work at all, if that is said in other words. */
  bad?: string;
}

const en = {
  title: 'Secure connection to the shop',
  otherLanguage: '中文',
  who: 'For the shop’s own devices. Customers need nothing of this: their page works without it.',
  what: 'This server made a certificate authority (CA) of its own. A device that trusts it reaches the till by https.',
  care: 'Whoever has the server’s files could then pose as any site to this device. Trust it only if the shop is yours.',
  none: 'This server has no CA of its own, so there is nothing to load. The check below says what this device can do.',
  fingerprint: 'Fingerprint (SHA-256)',
  compare: 'On the server, this prints the same:',
  load: 'Load the certificate',
  loadProfile: 'Load the profile',
  devices: {
    iphone: {
      name: 'iPhone and iPad',
      untried: 'Written from Apple’s manual; never tried on an iPhone.',
      steps: [
        'In Safari, load the profile and allow it.',
        'Settings → Profile Downloaded → Install.',
        'Settings → General → About → Certificate Trust Settings: switch on “Tillbeam shop CA”.',
      ],
    },
    android: {
      name: 'Android',
      untried: 'Names differ from maker to maker; never tried on a phone.',
      steps: [
        'Load the certificate.',
        'Settings → Security → Encryption & credentials → Install a certificate → CA certificate → Install anyway.',
        'Choose ca.crt among the downloads.',
      ],
    },
    computer: {
      name: 'Computer',
      untried: 'Tried with Chromium on Debian only.',
      steps: [
        'Load the certificate.',
        'Windows: open it → Install Certificate → Local Machine → Trusted Root Certification Authorities. macOS: open it in Keychain Access → Trust → Always Trust.',
        'Chrome or Firefox on Linux: Settings → Privacy → Certificates → Authorities → Import.',
      ],
    },
  } satisfies Record<Device, Steps>,
  checkTitle: 'Does everything work?',
  checkThere: 'When the steps are done, check it here. If the browser warns first, the CA is not trusted yet.',
  check: 'Check by https',
  checking: 'Checking',
  again: 'Check again',
  allGood: 'Everything works on this device.',
  works: 'The page works on this device, with less than it could have.',
  broken: 'The page cannot work like this. What is marked in red has to be mended first.',
  checks: {
    secure: { name: 'Secure page', good: 'Opened by https.', otherwise: 'Opened by plain http: the page works, but not without a network.' },
    socket: { name: 'Live results', good: 'The socket comes through.', otherwise: 'No socket comes through. Results still come by other ways, some seconds later at most.', bad: 'Nothing comes through to the server.' },
    clock: { name: 'Clock', good: 'Right to a few seconds.', otherwise: 'The server’s time could not be read.' },
    storage: { name: 'Storage', good: 'Kept on this device.', otherwise: 'Nothing can be kept. Leave private mode, or allow site data.' },
    key: { name: 'Key out of reach', good: 'The key of the codes cannot be read out.', otherwise: 'The key lies in the page’s storage, as it does by plain http.' },
    offline: { name: 'Without a network', good: 'The page can be kept and opened.', otherwise: 'The page cannot be kept: plain http, a certificate that is not trusted, or a private window. Only a page that is open goes on without a network.' },
    wake: { name: 'Screen stays on', good: 'While the code is shown.', otherwise: 'The screen may go dark by itself.' },
  } satisfies Record<Check, Said> as Record<Check, Said>,
  clockOff: (seconds: number) =>
    `${Math.abs(seconds)} s ${seconds > 0 ? 'ahead' : 'behind'}. Codes are right all the same: they follow the server’s time.`,
  good: 'works',
  lacking: 'missing',
  bad: 'broken',
};

const zh: typeof en = {
  title: '与门店的安全连接',
  otherLanguage: 'English',
  who: '供门店自己的设备使用。会员不需要这些，会员页面无需证书即可使用。',
  what: '本服务器自建了证书机构（CA）。信任它的设备可以通过 https 连接收银台。',
  care: '拿到服务器文件的人，就能向这台设备冒充任何网站。只有门店属于您时才信任它。',
  none: '本服务器没有自建 CA，无需安装证书。下面的检测会说明这台设备能做什么。',
  fingerprint: '指纹（SHA-256）',
  compare: '在服务器上运行此命令，结果应相同：',
  load: '下载证书',
  loadProfile: '下载描述文件',
  devices: {
    iphone: {
      name: 'iPhone 和 iPad',
      untried: '按 Apple 手册编写，未在 iPhone 上试过。',
      steps: [
        '用 Safari 下载描述文件，并选择允许。',
        '设置 → 已下载描述文件 → 安装。',
        '设置 → 通用 → 关于本机 → 证书信任设置：打开“Tillbeam shop CA”。',
      ],
    },
    android: {
      name: 'Android',
      untried: '各厂商的菜单名称不同，未在手机上试过。',
      steps: ['下载证书。', '设置 → 安全 → 加密与凭据 → 安装证书 → CA 证书 → 仍然安装。', '在下载内容中选择 ca.crt。'],
    },
    computer: {
      name: '电脑',
      untried: '只在 Debian 的 Chromium 上试过。',
      steps: [
        '下载证书。',
        'Windows：打开证书 → 安装证书 → 本地计算机 → 受信任的根证书颁发机构。macOS：在“钥匙串访问”中打开 → 信任 → 始终信任。',
        'Linux 上的 Chrome 或 Firefox：设置 → 隐私 → 证书 → 授权机构 → 导入。',
      ],
    },
  },
  checkTitle: '一切正常吗？',
  checkThere: '完成以上步骤后在此检测。如果浏览器先弹出警告，说明 CA 尚未受信任。',
  check: '通过 https 检测',
  checking: '正在检测',
  again: '重新检测',
  allGood: '这台设备一切正常。',
  works: '页面可以使用，但缺少部分功能。',
  broken: '这样无法使用。请先解决标为红色的问题。',
  checks: {
    secure: { name: '安全页面', good: '已通过 https 打开。', otherwise: '通过普通 http 打开：可以使用，但断网后无法打开。' },
    socket: { name: '实时结果', good: '实时连接畅通。', otherwise: '实时连接不通。结果仍会以其他方式到达，最多晚几秒。', bad: '完全连不上服务器。' },
    clock: { name: '时钟', good: '误差在几秒之内。', otherwise: '无法读取服务器时间。' },
    storage: { name: '存储', good: '可以保存在本机。', otherwise: '无法保存数据。请退出无痕模式，或允许网站数据。' },
    key: { name: '密钥保护', good: '会员码密钥无法被读出。', otherwise: '密钥保存在页面存储中，普通 http 就是如此。' },
    offline: { name: '断网可用', good: '页面可以保存并在断网时打开。', otherwise: '页面无法保存：普通 http、证书未受信任或无痕模式。断网时只有已打开的页面能继续使用。' },
    wake: { name: '屏幕常亮', good: '显示会员码时保持常亮。', otherwise: '屏幕可能自动变暗。' },
  },
  clockOff: (seconds) => `${seconds > 0 ? '快' : '慢'} ${Math.abs(seconds)} 秒。会员码按服务器时间生成，不受影响。`,
  good: '正常',
  lacking: '缺少',
  bad: '故障',
};

export const sayIn = (language: Language): typeof en => (language === 'zh' ? zh : en);
