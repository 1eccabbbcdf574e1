// Connects this phone to a shop: by the code on the till's screen, or by its link.

const { refusal } = require('../../core/say');

Component({
  data: { say: {}, link: '', asking: false, problem: null },

  lifetimes: {
    attached() {
      const { say } = getApp();
      const { joinTitle, joinScan, joinPaste, joinUse, joining } = say;
      this.setData({ say: { joinTitle, joinScan, joinPaste, joinUse, joining } });
      wx.setNavigationBarTitle({ title: joinTitle });
    },
  },

  methods: {
    scan() {
      wx.scanCode({ scanType: ['qrCode'], success: ({ result }) => this.join(result) });
    },

    typed({ detail }) {
      this.setData({ link: detail.value });
    },

    useLink() {
      return this.join(this.data.link);
    },

    async join(text) {
      const { phone, say } = getApp();
      if (this.data.asking) return;
      this.setData({ asking: true, problem: null });
      const answer = await phone.join(text);
      this.setData({ asking: false, problem: answer.ok ? null : refusal(say, answer.code, '') });
      if (answer.ok) wx.reLaunch({ url: '/pages/code/code' });
    },
  },
});
