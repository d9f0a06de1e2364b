# Five items with sampling weights and clusters: weighted moments (cov.wt of stats, cor.wt of psych), the sampling
# covariance of variances and covariances (svyvar of survey, linearised), and with it the error of alpha by the delta
# method; omega of the one-factor model with a sandwich around the expected information (lavaan).
library(survey)
library(psych)
library(lavaan)
set.seed(11)
clusters <- 60
size <- sample(3:9, clusters, replace = TRUE)
g <- rep(seq_len(clusters), size)
n <- length(g)
f <- rnorm(clusters)[g] * 0.6 + rnorm(n) * 0.8
x <- sapply(c(0.8, 0.7, 0.6, 0.7, 0.5), function(l) l * f + sqrt(1 - l^2) * rnorm(n))
x <- round(pmin(pmax(x * 1.3 + 4, 1), 7))
data <- data.frame(x)
names(data) <- paste0("i", 1:5)
data$w <- round(runif(n, 0.4, 2.5) * (1 + 0.3 * (data$i1 > 4)), 3)
data$g <- g
write.csv(data, "data.csv", row.names = FALSE)
items <- names(data)[1:5]

weighted <- cov.wt(data[items], wt = data$w / sum(data$w), cor = TRUE, method = "ML")
write.csv(weighted$cor, "correlations.csv")
stopifnot(max(abs(cor.wt(data[items], w = data$w)$r - weighted$cor)) < 1e-10)
means <- data.frame(
  item = items, mean = weighted$center, sd = sqrt(diag(weighted$cov) * n / (n - 1)),
  ceiling = sapply(items, function(i) weighted.mean(data[[i]] == 7, data$w))
)
write.csv(means, "items.csv", row.names = FALSE)

design <- svydesign(ids = ~g, weights = ~w, data = data)
alone <- svydesign(ids = ~1, weights = ~w, data = data)
one <- function(design) {
  found <- svyvar(~ i1 + i2 + i3 + i4 + i5, design)
  S <- as.matrix(found)[, 1:5]
  V <- vcov(found)
  p <- 5
  gradient <- p / (p - 1) * (sum(diag(S)) / sum(S)^2 - diag(p) / sum(S))
  c(alpha = p / (p - 1) * (1 - sum(diag(S)) / sum(S)), se = sqrt(c(gradient) %*% V %*% c(gradient)))
}
model <- "
f =~ NA*i1 + l1*i1 + l2*i2 + l3*i3 + l4*i4 + l5*i5
f ~~ 1*f
i1 ~~ e1*i1
i2 ~~ e2*i2
i3 ~~ e3*i3
i4 ~~ e4*i4
i5 ~~ e5*i5
omega := (l1 + l2 + l3 + l4 + l5)^2 / ((l1 + l2 + l3 + l4 + l5)^2 + e1 + e2 + e3 + e4 + e5)
"
omega <- function(...) {
  fit <- cfa(model, data, estimator = "MLR", information = "expected", sampling.weights = "w", ...)
  found <- parameterEstimates(fit)
  c(omega = found$est[found$op == ":="], omega_se = found$se[found$op == ":="])
}
rows <- rbind(clusters = c(one(design), omega(cluster = "g")), weights = c(one(alone), omega()))
write.csv(data.frame(design = rownames(rows), rows), "reliability.csv", row.names = FALSE)

# The test that two scores do not correlate: the linearised error of a weighted correlation.
influence <- function(x, y, w) {
  m <- cov.wt(cbind(x, y), wt = w / sum(w), method = "ML", cor = TRUE)
  z <- scale(cbind(x, y), m$center, sqrt(diag(m$cov)))
  list(r = m$cor[1, 2], v = z[, 1] * z[, 2] - m$cor[1, 2] * (z[, 1]^2 + z[, 2]^2) / 2)
}
found <- influence(data$i1, data$i5, data$w)
mean_design <- update(design, v = found$v)
se <- SE(svymean(~v, mean_design))
df <- clusters - 1
write.csv(data.frame(r = found$r, pvalue = as.numeric(2 * pt(-abs(found$r / se), df))), "pair.csv", row.names = FALSE)

jsonlite::write_json(
  list(
    r = paste(R.version$major, R.version$minor, sep = "."), survey = as.character(packageVersion("survey")),
    psych = as.character(packageVersion("psych")), lavaan = as.character(packageVersion("lavaan"))
  ),
  "session.json", auto_unbox = TRUE, pretty = TRUE
)
