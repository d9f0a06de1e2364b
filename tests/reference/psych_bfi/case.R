# Item statistics, alpha with Feldt's interval, KMO, Bartlett, MAP: psych with pairwise correlations (its default).
suppressPackageStartupMessages(library(psych))
source("../write_tables.R")
bfi <- read_bfi()
alphas <- items <- NULL
for (name in names(scales)) {
  found <- alpha(bfi[scales[[name]]])
  alphas <- rbind(alphas, data.frame(construct = name, alpha = found$total$raw_alpha,
                                     alpha_ci_lower = found$feldt$lower.ci[[1]],
                                     alpha_ci_upper = found$feldt$upper.ci[[1]],
                                     standardized = found$total$std.alpha, lambda6 = found$total$`G6(smc)`,
                                     average_r = found$total$average_r))
  described <- describe(bfi[scales[[name]]])
  items <- rbind(items, data.frame(construct = name, item = scales[[name]], n = described$n, mean = described$mean,
                                   sd = described$sd, skew = described$skew, kurtosis = described$kurtosis,
                                   r_drop = found$item.stats$r.drop,
                                   alpha_if_dropped = found$alpha.drop$raw_alpha))
}
write_table(alphas, "alpha.csv")
write_table(items, "items.csv")
correlations <- cor(bfi[1:25], use = "pairwise")
adequacy <- KMO(correlations)
write_table(data.frame(item = c("overall", names(adequacy$MSAi)), msa = c(adequacy$MSA, adequacy$MSAi)), "kmo.csv")
test <- cortest.bartlett(correlations, n = nrow(bfi))
write_table(data.frame(chisq = test$chisq, df = test$df), "bartlett.csv")
map <- vss(correlations, n = 12, rotate = "none", fm = "minres", n.obs = nrow(bfi), plot = FALSE)$map
write_table(data.frame(n_factors = seq_along(map), map = map), "map.csv")
# Four items a scale: with an odd number psych looks at half of the splits only.
splits <- NULL
for (name in names(scales)) {
  halves <- splitHalf(bfi[scales[[name]][1:4]])
  splits <- rbind(splits, data.frame(construct = name, maximum = halves$maxrb, minimum = halves$minrb,
                                     mean = halves$meanr, lambda2 = halves$lambda2, lambda6 = halves$lambda6))
}
write_table(splits, "split_half.csv")
# Schmid-Leiman with three minres factors of four and of all five scales.
hierarchical <- NULL
for (set in c("ACEN", "ACENO")) {
  items <- unlist(scales[strsplit(set, "")[[1]]])
  found <- omega(cor(bfi[items], use = "pairwise"), nfactors = 3, plot = FALSE, flip = FALSE)
  hierarchical <- rbind(hierarchical, data.frame(set = set, omega_h = found$omega_h, omega_t = found$omega.tot))
}
write_table(hierarchical, "omega_hierarchical.csv")
write_session("psych")
