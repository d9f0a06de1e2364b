# Composites of lavaan 0.7-2 (<~), on ../pls/service_sim.csv.
suppressMessages({library(lavaan); library(jsonlite)}); d <- read.csv("../pls/service_sim.csv")
models <- list(
  one = "trust =~ tr1 + tr2 + tr3\nloyal =~ lo1 + lo2 + lo3\nquality <~ qu1 + qu2 + qu3 + qu4\nloyal ~ quality + trust",
  three = "ease <~ ea1 + ea2 + ea3\nquality <~ qu1 + qu2 + qu3 + qu4\nloyal <~ lo1 + lo2 + lo3\nloyal ~ ease + quality\nsat1 ~ loyal + ease",
  correlated = "trust =~ tr1 + tr2 + tr3\nease <~ ea1 + ea2 + ea3\nquality <~ qu1 + qu2 + qu3 + qu4\ntrust ~~ ease + quality\nease ~~ quality\nsat1 ~ trust + ease + quality")
one <- function(model) {
  fit <- sem(model, d); s <- standardizedSolution(fit); s <- s[s$op %in% c("~", "<~"), c("lhs", "op", "rhs", "est.std", "se")]
  list(model = model, measures = as.list(fitMeasures(fit, c("chisq", "df", "npar"))), parameters = s)
}
write(toJSON(lapply(models, one), digits = NA, auto_unbox = TRUE, na = "null"), "values.json")
write(toJSON(list(R = as.character(getRversion()), lavaan = as.character(packageVersion("lavaan"))), auto_unbox = TRUE, pretty = TRUE), "session.json")
