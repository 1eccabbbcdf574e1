// What happened, newest first.

const { historyOf, standing } = require('../../core/screen');

Component({
  data: { lines: [], none: '', standing: '' },

  lifetimes: {
    attached() {
      const { phone, say } = getApp();
      wx.setNavigationBarTitle({ title: say.history });
      this.unsubscribe = phone.subscribe(() => this.draw());
      this.draw();
    },

    detached() {
      this.unsubscribe();
    },
  },

  methods: {
    draw() {
      const { phone, say } = getApp();
      const shown = phone.shown();
      const lines = shown.book ? historyOf(shown.book, shown.shop, say) : [];
      this.setData({ lines, none: lines.length === 0 ? say.noHistory : '', standing: shown.book ? standing(shown, say) : '' });
    },
  },
});
