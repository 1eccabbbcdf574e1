//! The sentences of the first start.

import type { Language } from '../../shared/wire/till';

const en = {
  welcome: 'Welcome to Tillbeam',
  welcomeText: 'A prepaid till: customers show a code, the camera reads it, both screens show what was taken.',
  language: 'Language',
  setUp: 'Set up my shop',
  setUpText: 'Four more questions.',
  practise: 'Practise first',
  practiseText: 'A made-up shop with made-up customers. Nothing of it is ever in your books.',
  openShop: (name: string) => `Open ${name}`,
  openShopText: 'This computer has its books.',
  question: (number: number, all: number) => `Step ${number} of ${all}`,
  shopTitle: 'Your shop',
  shopName: 'What is it called?',
  shopNameHint: 'As on the sign: customers see it on their phones.',
  currency: 'Which money?',
  soldTitle: 'What do you sell ahead?',
  soldHint: 'One of them is enough. More passes and prices can be added later.',
  visits: 'Visits',
  visitsText: 'Ten washes, five haircuts: a scan takes one.',
  passName: 'What is a visit called?',
  passExample: 'Wash',
  money: 'Money on account',
  moneyText: 'The customer pays 200 ahead; a scan takes a price.',
  ownerTitle: 'Your PIN',
  ownerText: 'Settings, refunds and the till’s lock ask for it. 4 to 12 digits.',
  pin: 'PIN',
  pinNone: 'Without one nobody is asked who they are; you can set it later.',
  reach: 'Customers’ phones reach the till by plain http in the shop’s Wi-Fi, or from anywhere by https under a name on the internet, which you can set up later in Settings, Address for phones; https by the till’s own authority is there for the shop’s own devices.',
  owner: 'Owner',
  you: 'My own phone',
  back: 'Back',
  next: 'Next',
  open: 'Open the shop',
  opening: 'Opening the shop',
  ownShop: 'Set up my own shop',
};

export type SayFirst = typeof en;

const zh: SayFirst = {
  welcome: '欢迎使用 Tillbeam',
  welcomeText: '预付收银：顾客出示会员码，摄像头读取，两边屏幕同时显示扣了多少、还剩多少。',
  language: '语言',
  setUp: '开设我的门店',
  setUpText: '再回答四个问题。',
  practise: '先练习一下',
  practiseText: '虚构的门店和顾客，不会记入您的账本。',
  openShop: (name) => `打开 ${name}`,
  openShopText: '本机有它的账本。',
  question: (number, all) => `第 ${number} 步，共 ${all} 步`,
  shopTitle: '您的门店',
  shopName: '叫什么名字？',
  shopNameHint: '和招牌一致，顾客会在手机上看到。',
  currency: '用哪种货币？',
  soldTitle: '预售什么？',
  soldHint: '选一种即可，以后可以再添加次卡和价格。',
  visits: '次卡',
  visitsText: '十次洗车、五次理发，扫一次扣一次。',
  passName: '一次叫什么？',
  passExample: '洗车',
  money: '储值',
  moneyText: '顾客先充值 200 元，扫一次扣一笔。',
  ownerTitle: '您的密码',
  ownerText: '修改设置、退款和解锁收银台时需要。4 到 12 位数字。',
  pin: '密码',
  pinNone: '留空则不需要密码，以后可以再设置。',
  reach: '顾客手机通过店内 Wi-Fi 以普通 http 访问收银台；要在任何地方以 https 访问，可稍后在“设置 → 手机访问地址”设置互联网域名，那里的自有 CA 供门店自己的设备使用。',
  owner: '店主',
  you: '我的手机',
  back: '上一步',
  next: '下一步',
  open: '开店',
  opening: '正在开店',
  ownShop: '开设我的门店',
};

const both: Record<Language, SayFirst> = { en, zh };

export function sayFirst(language: Language): SayFirst {
  return both[language];
}
