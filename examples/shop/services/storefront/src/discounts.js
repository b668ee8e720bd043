'use strict';
const { exec } = require('child_process');

// Planted: the rule is run as JavaScript.
exports.apply = (request, response) => {
  const price = 100;
  const reduced = eval(request.query.rule || 'price * 0.9');
  exec('logger -t shop "discount to ' + reduced + '"');
  response.json({ price, reduced });
};

// Safe look-alike: a number, and nothing else.
exports.percent = (text) => 1 - Math.min(90, Math.max(0, Number.parseInt(text, 10) || 0)) / 100;
