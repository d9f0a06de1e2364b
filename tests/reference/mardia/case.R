# Mardia's multivariate skewness and kurtosis with their tests, of twelve continuous columns and of the 25 bfi items.
suppressPackageStartupMessages(library(psych))
source("../write_tables.R")
row <- function(name, data) {
  found <- mardia(data, plot = FALSE)
  data.frame(data = name, n = found$n.obs, p = found$n.var, skewness = found$b1p, skewness_chisq = found$skew,
             skewness_pvalue = found$p.skew, kurtosis = found$b2p, kurtosis_z = found$kurtosis,
             kurtosis_pvalue = found$p.kurt)
}
chain <- read.csv("../data/chain.csv")[paste0("y", 1:12)]
bfi <- read.csv("../data/bfi.csv")
bfi <- bfi[grepl("^[ACENO][1-5]$", names(bfi))]
write_table(rbind(row("chain", chain), row("bfi", bfi[complete.cases(bfi), ])), "mardia.csv")
write_session("psych")
