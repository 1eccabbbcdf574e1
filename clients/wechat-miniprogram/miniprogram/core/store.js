// What the phone keeps, in WeChat's storage for this mini program. Each value is whole or not there.

const PREFIX = 'tillbeam.';

class Store {
  constructor(wx) {
    this.wx = wx;
  }

  read(name, otherwise) {
    try {
      const kept = this.wx.getStorageSync(PREFIX + name);
      return kept === '' || kept === undefined ? otherwise : kept;
    } catch (error) {
      return otherwise;
    }
  }

  /** Whether it is stored now. */
  write(name, value) {
    try {
      this.wx.setStorageSync(PREFIX + name, value);
      return true;
    } catch (error) {
      return false;
    }
  }

  remove(name) {
    try {
      this.wx.removeStorageSync(PREFIX + name);
    } catch (error) {
      // It was not there.
    }
  }

  /** 16 random bytes as hex, drawn once: the same join link from the same device gives the same credential. */
  async device() {
    const kept = this.read('device', '');
    if (/^[0-9a-f]{32}$/.test(kept)) return kept;
    const { randomValues } = await new Promise((success, fail) => this.wx.getRandomValues({ length: 16, success, fail }));
    const made = Array.from(new Uint8Array(randomValues), (byte) => byte.toString(16).padStart(2, '0')).join('');
    this.write('device', made);
    return made;
  }
}

module.exports = { Store };
