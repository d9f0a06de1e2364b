# Data sets of known structure. Run in this folder: Rscript simulate.R
draw_normal <- function(n, covariance) {
  matrix(rnorm(n * ncol(covariance)), n) %*% chol(covariance)
}

write_data <- function(frame, file) {
  numeric <- vapply(frame, is.double, TRUE)
  frame[numeric] <- lapply(frame[numeric], round, 5)
  write.csv(frame, file, row.names = FALSE, quote = FALSE)
}

# Three factors in a chain (two regressions), twelve items with heavy tails, two covariates, two groups of
# unequal size that differ in means, forty clusters, and sampling weights.
set.seed(20261)
n <- 500
cluster <- sample(40, n, replace = TRUE)
between <- matrix(rnorm(40 * 3, sd = 0.5), 40)[cluster, ]
group <- ifelse(runif(n) < 0.4, "north", "south")
z1 <- rnorm(n); z2 <- 0.4 * z1 + rnorm(n)
tails <- sqrt(6 / rchisq(n, 6))
f1 <- 0.5 * z1 - 0.2 * z2 + between[, 1] + rnorm(n) * tails
f2 <- 0.5 * f1 + 0.3 * z2 + between[, 2] + 0.8 * rnorm(n) * tails
f3 <- 0.3 * f1 + 0.4 * f2 + between[, 3] + 0.8 * rnorm(n) * tails + 0.4 * (group == "north")
loadings <- c(1, 0.8, 0.9, 1.1)
items <- cbind(outer(f1, loadings), outer(f2, loadings), outer(f3, loadings)) +
  matrix(rnorm(n * 12, sd = 0.9), n) * tails
items[, 6] <- items[, 6] + 0.3 * items[, 5]
chain <- data.frame(items, z1, z2, group, cluster, w = round(runif(n, 0.4, 1.9), 3))
names(chain)[1:12] <- paste0("y", 1:12)
write_data(chain, "chain.csv")

# The same answers with gaps: some at random, more where z1 is high, and a few in the covariates.
set.seed(20262)
gaps <- chain
for (j in 1:12) {
  rate <- if (j %% 2 == 0) plogis(-2.4 + 0.8 * chain$z1) else 0.06
  gaps[[j]][runif(n) < rate] <- NA
}
gaps$z2[runif(n) < 0.04] <- NA
gaps[17, 1:12] <- NA
gaps[18, 1:14] <- NA
write_data(gaps, "chain_missing.csv")

# Twelve ordered items of three factors: five categories (skewed), three and two; a continuous indicator and two
# covariates; two groups with different latent means.
set.seed(20263)
n <- 700
group <- ifelse(runif(n) < 0.5, "a", "b")
x1 <- rnorm(n); x2 <- rbinom(n, 1, 0.45)
factors <- draw_normal(n, matrix(c(1, 0.5, 0.3, 0.5, 1, 0.4, 0.3, 0.4, 1), 3))
factors[, 1] <- factors[, 1] + 0.4 * x1 + 0.3 * (group == "b")
factors[, 2] <- factors[, 2] + 0.3 * x2
lambda <- rep(c(0.8, 0.7, 0.6, 0.75), 3)
latent <- factors[, rep(1:3, each = 4)] * rep(lambda, each = n) +
  matrix(rnorm(n * 12), n) * rep(sqrt(1 - lambda^2), each = n)
cut_points <- list(c(-1.2, -0.4, 0.3, 1.1), c(-1.6, -0.9, -0.1, 0.8), c(-0.5, 0.6), 0.2)
ordered_items <- sapply(1:12, function(j) {
  thresholds <- cut_points[[c(1, 2, 1, 2, 3, 1, 2, 3, 4, 1, 4, 2)[j]]]
  findInterval(latent[, j], thresholds) + 1L
})
ordinal <- data.frame(ordered_items)
names(ordinal) <- paste0("u", 1:12)
ordinal$c1 <- 0.7 * factors[, 3] + rnorm(n, sd = 0.7)
ordinal$c2 <- 2 + 0.6 * factors[, 3] + rnorm(n, sd = 0.8)
ordinal$x1 <- x1; ordinal$x2 <- x2; ordinal$group <- group
write_data(ordinal, "ordinal.csv")
set.seed(20264)
for (j in 1:12) ordinal[[j]][runif(n) < 0.05] <- NA
write_data(ordinal, "ordinal_missing.csv")

# Linear growth over four occasions with two time-invariant and one time-varying covariate; later occasions
# go missing where the first was low.
set.seed(20265)
n <- 350
x1 <- rnorm(n); x2 <- rnorm(n)
growth_factors <- draw_normal(n, matrix(c(1, 0.2, 0.2, 0.3), 2))
level <- 1 + 0.6 * x1 + growth_factors[, 1]
slope <- 0.5 + 0.25 * x2 + growth_factors[, 2]
c_t <- matrix(rnorm(n * 4), n)
t_t <- sapply(0:3, function(k) level + k * slope + 0.3 * c_t[, k + 1] + rnorm(n, sd = 0.7))
growth <- data.frame(t_t, x1, x2, c_t)
names(growth) <- c(paste0("t", 1:4), "x1", "x2", paste0("c", 1:4))
write_data(growth, "growth.csv")
for (k in 2:4) growth[[k]][runif(n) < plogis(-2 - 0.5 * growth$t1 + 0.3 * k)] <- NA
write_data(growth, "growth_missing.csv")

# Sixteen items: one general factor and four group factors (second-order and bifactor models).
set.seed(20266)
n <- 600
general <- rnorm(n)
specific <- matrix(rnorm(n * 4, sd = 0.7), n)
g_items <- sapply(1:16, function(j) {
  0.8 * general + specific[, (j - 1) %/% 4 + 1] * c(1, 0.8, 0.9, 0.7)[(j - 1) %% 4 + 1] + rnorm(n, sd = 0.8)
})
hierarchy <- data.frame(g_items)
names(hierarchy) <- paste0("v", 1:16)
write_data(hierarchy, "hierarchy.csv")

write_data(datasets::airquality, "airquality.csv")

# People in 60 teams of 2 to 25: x and w covary with the teams, m mediates (within .4, between .6), y follows;
# six items of one factor with equal loadings at both levels, errors skewed; later a tenth of some answers missing.
set.seed(20267)
sizes <- sample(2:25, 60, replace = TRUE)
team <- rep(1:60, sizes)
n <- length(team)
w <- rnorm(60)
x_team <- 0.5 * rnorm(60)
m_team <- 0.6 * x_team + 0.3 * w + rnorm(60, sd = 0.5)
y_team <- 0.5 * m_team + 0.2 * w + rnorm(60, sd = 0.4)
x_own <- rnorm(n); age <- rnorm(n); age <- age - mean(age)
m_own <- 0.4 * x_own + 0.2 * age + rnorm(n, sd = 0.8)
y_own <- 0.3 * m_own + 0.2 * x_own + rnorm(n, sd = 0.7)
f_team <- 0.6 * w + rnorm(60, sd = 0.7)
f_own <- 0.5 * age + rnorm(n)
loadings <- c(1, 0.8, 0.9, 0.7, 1.1, 0.6)
items <- sapply(1:6, function(j) {
  3 + loadings[j] * (f_team[team] + f_own) + rnorm(60, sd = 0.3)[team] + 0.6 * (rexp(n) - 1) + rnorm(n, sd = 0.4)
})
teams <- data.frame(team, items, x = x_team[team] + x_own, m = m_team[team] + m_own, y = y_team[team] + y_own, age, w = w[team])
names(teams)[2:7] <- paste0("u", 1:6)
teams <- teams[sample(n), ]
write_data(teams, "teams.csv")
set.seed(20268)
for (name in c("u1", "u2", "u3", "u5", "m", "y")) teams[[name]][runif(n) < plogis(-2.4 + 0.5 * teams$age)] <- NA
write_data(teams, "teams_missing.csv")

# The first 80 clusters of the two-level data that come with lavaan. Here and above the covariates of the first
# level have mean zero, because the robust errors of lavaan 0.7-2 depend on their origin.
demo <- subset(lavaan::Demo.twolevel, cluster <= 80)
for (name in c("x1", "x2")) demo[[name]] <- demo[[name]] - mean(demo[[name]])
write_data(demo[c("y1", "y2", "y3", "x1", "x2", "w1", "w2", "cluster")], "demo_two_level.csv")

# Two sectors of 45 and 40 teams: four items of a factor at both levels, loadings equal, one intercept and the paths
# from a covariate of each level not; later a tenth of some answers missing.
set.seed(20269)
sectors <- do.call(rbind, lapply(1:2, function(k) {
  sizes <- sample(3:9, c(45, 40)[k], replace = TRUE)
  team <- rep(seq_along(sizes), sizes)
  n <- length(team)
  w <- rnorm(length(sizes))
  x <- rnorm(n)
  own <- c(0.3, 0.6)[k] * x + rnorm(n)
  shared <- c(0.5, 0.2)[k] * w + rnorm(length(sizes), sd = 0.6) + c(0, 0.4)[k]
  items <- sapply(1:4, function(j) {
    2 + 0.5 * (k == 2 && j == 4) + c(1, 0.8, 1.1, 0.7)[j] * (own + shared[team]) +
      rnorm(length(sizes), sd = 0.35)[team] + rnorm(n, sd = 0.8)
  })
  data.frame(sector = c("trade", "care")[k], team = 100 * k + team, items, x = x - mean(x), w = w[team])
}))
names(sectors)[3:6] <- paste0("v", 1:4)
write_data(sectors, "sectors.csv")
set.seed(20270)
for (name in c("v1", "v2", "v4")) sectors[[name]][runif(nrow(sectors)) < plogis(-2.2 + 0.5 * sectors$x)] <- NA
write_data(sectors, "sectors_missing.csv")
