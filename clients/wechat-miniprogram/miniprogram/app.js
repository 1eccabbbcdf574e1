// The mini program: one phone, shared by its pages. WeChat ends sockets in the background, so coming back is a new look.

const { Phone } = require('./core/phone');
const { sayIn } = require('./core/say');

App({
  onLaunch() {
    this.say = sayIn(wx.getAppBaseInfo().language);
    this.phone = new Phone(wx);
    this.phone.start();
  },

  onShow() {
    this.phone.setVisible(true);
  },

  onHide() {
    this.phone.setVisible(false);
  },
});
