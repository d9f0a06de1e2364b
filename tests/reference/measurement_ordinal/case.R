# Categorical omega (Green & Yang 2009) and ordinal alpha of five-point items, each scale by itself, WLSMV.
suppressPackageStartupMessages({library(lavaan); library(semTools)})
source("../write_tables.R")
bfi <- read_bfi()
out <- loadings <- NULL
for (name in names(scales)) {
  data <- na.omit(bfi[scales[[name]]])
  fit <- cfa(paste("f =~", paste(scales[[name]], collapse = " + ")), data = data, ordered = scales[[name]],
             std.lv = TRUE, estimator = "WLSMV")
  model <- compRelSEM(fit, obs.var = FALSE)
  observed <- compRelSEM(fit, obs.var = TRUE)
  R <- lavCor(data, ordered = scales[[name]])
  k <- ncol(R)
  out <- rbind(out, data.frame(construct = name, n = nrow(data), omega = model[[1]], omega_observed = observed[[1]],
                               alpha_ordinal = k / (k - 1) * (1 - k / sum(R)),
                               chisq_scaled = fitMeasures(fit, "chisq.scaled")[[1]]))
}
write_table(out, "categorical.csv")
write_session("lavaan", "semTools")
