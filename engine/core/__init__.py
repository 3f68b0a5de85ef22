"""The rules of the trade, pure: values in, decisions out, with every figure they stand on.

Where each section of the written strategy is found, in reading order:

1.1  units and values          model.py, model_terms.py (what a coin is worth)
1.2  entry filters             entry_cycle.py, entry_validator.py, entry_checks_{inputs,macro,market,book}.py
1.3  bias                      bias.py, skew.py
1.4  strikes                   combo_builder.py, strike_bands.py, strike_search.py, strike_report.py
1.5  liquidity                 liquidity_gate.py
1.6  payoff and loss           payoff.py, economics.py, fees.py, margin.py, portfolio_margin.py
1.7  size                      sizing_engine.py
1.8  order                     combo_builder.py (build), spread_prices.py
1.9  exits                     exit_decision.py, exit_view.py, exit_prices.py
1.10 Kelly                     kelly_recalibration.py, intervals.py
1.11 Greeks                    greeks_aggregator.py, pricing.py
6    what is not believed      quote_soundness.py, sound_snapshot.py, checks.py
"""
