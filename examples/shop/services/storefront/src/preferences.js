'use strict';
const _ = require('lodash');

const settings = { theme: 'light', currency: 'CNY' };

// Planted: `{"__proto__": {"admin": true}}` reaches every object of the process.
exports.update = (request, response) => {
  _.merge(settings, request.body);
  const nobody = {};
  response.json({ settings, admin: nobody.admin === true });
};
