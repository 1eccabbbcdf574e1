// The code, what is left, and what was just taken.

const { grouped } = require('../../core/code');
const { balances, standing, tell } = require('../../core/screen');
const { symbolOf } = require('../../core/symbol');

/** Untouched for so long, the code is hidden. */
const HIDE_MS = 120000;
/** A result goes by itself after so long. */
const RESULT_MS = 10000;
const TICK_MS = 500;

Component({
  data: { status: '', say: {}, hidden: false, result: null, shops: 1 },

  lifetimes: {
    attached() {
      const { phone, say } = getApp();
      this.phone = phone;
      this.touchedMs = Date.now();
      this.setData({ say: wordsOf(say) });
      wx.setNavigationBarTitle({ title: say.code });
      this.unsubscribe = phone.subscribe(() => this.draw());
      this.ticking = setInterval(() => this.tick(), TICK_MS);
      this.draw();
    },

    detached() {
      this.unsubscribe();
      clearInterval(this.ticking);
    },
  },

  pageLifetimes: {
    show() {
      this.touchedMs = Date.now();
      this.setData({ hidden: false });
      this.draw();
    },
  },

  methods: {
    draw() {
      const { say } = getApp();
      const shown = this.phone.shown();
      const { book } = shown;
      this.setData({
        status: shown.status,
        shop: shown.shop || '',
        shops: this.phone.phones().length,
        customer: shown.customer || '',
        balances: book ? balances(book, say) : [],
        known: Boolean(book),
        frozen: Boolean(book && book.frozen),
        newer: shown.newer === true,
        standing: shown.status === 'member' ? standing(shown, say) : '',
        result: shown.result ? { seq: shown.result.seq, ...tell(shown.result, book, say) } : null,
      });
      this.noteResult(shown.result || null);
      this.drawCode();
    },

    /** Only what has changed goes over to the screen. */
    drawCode() {
      const code = this.phone.code();
      if (code === null || this.data.hidden) return;
      const left = Math.max(0, Math.ceil((code.untilMs - this.phone.now()) / 1000));
      if (left !== this.data.left) this.setData({ left, nextIn: getApp().say.nextIn(left) });
      if (code.digits === this.drawn) return;
      this.drawn = code.digits;
      const { windowWidth, windowHeight, pixelRatio } = wx.getWindowInfo();
      this.setData({ digits: grouped(code.digits), symbol: symbolOf(code.digits, Math.min(windowWidth, windowHeight || windowWidth), pixelRatio) });
    },

    noteResult(result) {
      if (result === this.told) return;
      this.told = result;
      if (result === null) return;
      this.touchedMs = Date.now();
      this.resultMs = Date.now();
      this.setData({ hidden: false });
      wx.vibrateShort({ type: result.type === 'refusal' ? 'heavy' : 'medium' });
    },

    tick() {
      if (this.told && Date.now() - this.resultMs > RESULT_MS) this.phone.dismiss();
      const shows = this.data.status === 'member' && !this.data.hidden;
      if (shows && Date.now() - this.touchedMs > HIDE_MS) this.setData({ hidden: true });
      wx.setKeepScreenOn({ keepScreenOn: shows && !this.data.hidden });
      this.drawCode();
    },

    touch() {
      this.touchedMs = Date.now();
      if (!this.data.hidden) return;
      this.setData({ hidden: false });
      this.drawCode();
    },

    dismiss() {
      this.phone.dismiss();
    },

    openHistory() {
      wx.navigateTo({ url: '/pages/history/history' });
    },

    openJoin() {
      wx.navigateTo({ url: '/pages/join/join' });
    },

    changeShop() {
      const phones = this.phone.phones();
      const { addShop } = getApp().say;
      wx.showActionSheet({
        itemList: [...phones.map(({ shop }) => shop.name).slice(0, 5), addShop],
        success: ({ tapIndex }) => (phones[tapIndex] ? this.phone.use(phones[tapIndex].credential) : this.openJoin()),
      });
    },
  },
});

/** The sentences that stand in the page as they are. */
function wordsOf(say) {
  return Object.fromEntries(Object.entries(say).filter(([, words]) => typeof words === 'string'));
}
